/**
 * Verifies the audit log of one tenant's database: `node api/database/audit-command.ts verify [--json]`.
 * Connects as the auditor by PostgreSQL's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSFILE). Ends 0 when
 * every yacht's chain is whole, 1 when one is broken or nothing could be verified.
 */
import { Command } from "commander";
import pg from "pg";
import { type AuditFindings, auditFindings, type BrokenLink } from "./audit-chain.ts";

async function findings(): Promise<AuditFindings> {
  const { PGUSER = "part_lens_auditor" } = process.env;
  const client = new pg.Client({ user: PGUSER, application_name: "part-lens audit" });
  await client.connect();
  try {
    return await auditFindings(client);
  } finally {
    await client.end();
  }
}

const brokenLine = ({ yacht_id, sequence, problem }: BrokenLink) =>
  `yacht ${yacht_id}: broken at row ${sequence}: ${problem}`;

function report({ yachts, rows, broken }: AuditFindings): string {
  const chains = yachts.map(
    (chain) => `yacht ${chain.yacht_id}: ${chain.rows} rows, the last one's hash is ${chain.head}`,
  );
  const sum = `${yachts.length} yachts, ${rows} rows, ${broken.length} broken`;
  return [...chains, ...broken.map(brokenLine), sum].join("\n");
}

async function verify({ json = false }: { json?: boolean }): Promise<void> {
  try {
    const found = await findings();
    console.log(json ? JSON.stringify(found) : report(found));
    process.exitCode = found.broken.length === 0 ? 0 : 1;
  } catch (error) {
    // A refused connection is an AggregateError without a message.
    const { message, code } = error as Error & { code?: string };
    console.error(`audit: ${message || code || String(error)}`);
    process.exitCode = 1;
  }
}

const program = new Command("audit").description("Looks whether the audit log is what was written.");
program
  .command("verify")
  .description("Follows every yacht's chain of hashes; names the first row that does not follow.")
  .option("--json", "print one JSON object")
  .action(verify);
await program.parseAsync();
