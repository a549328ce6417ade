/** `npm run jobs -- try-index`: whether an index would help a query, found out by building it, and taken back. */
import { Command, InvalidArgumentError } from "commander";
import { connectedAs, tenantsOf } from "../job-databases.ts";
import { jobsEnv } from "../jobs-env.ts";
import { type IndexTrial, tryIndex } from "./index-trial.ts";

interface TrialOptions {
  readonly tenant: string;
  readonly for: string;
  readonly within: number;
  readonly json?: true;
}

/** MASTER knows no such tenant. */
export class UnknownTenantError extends Error {
  override readonly name = "UnknownTenantError";
}

const manual = `
  npm run jobs -- try-index --tenant alpha --for 'select * from pms_parts where yacht_id = $1 and category = $2' \\
    'create index on pms_parts (yacht_id, category)'

The index is really built, as the owner, in a transaction that is rolled back; the query is planned before and after, and
never run. $1, $2 … may stand for its values. Writes to the table wait meanwhile: try it on a copy, or in a quiet hour;
it gives up when the table is not free within a second, or the index not built in time. Signs in as part_lens_migrator,
who sees the rows of every yacht: let the query name its yacht, as the API's do.

Exit codes: 0 the planner would take the index, 1 it would not, 2 it could not be tried.`;

export const tryIndexCommand = new Command("try-index")
  .description("builds an index in a transaction that is rolled back, and tells whether a query would use it")
  .exitOverride()
  .argument("<definition>", "create [unique] index …")
  .requiredOption("--tenant <id>", "in whose database")
  .requiredOption("--for <query>", "the query that it is for")
  .option("--within <seconds>", "the longest that the building may take, and writes may wait", seconds, 10)
  .option("--json", "print the trial as JSON")
  .addHelpText("after", manual)
  .action(async (index: string, options: TrialOptions) => {
    const trial = await tried(index, options);
    console.log(
      options.json ? JSON.stringify({ tenant: options.tenant, ...trial }) : said(options.tenant, trial),
    );
    process.exitCode = trial.used ? 0 : 1;
  });

async function tried(index: string, { tenant, for: statement, within }: TrialOptions): Promise<IndexTrial> {
  const tenants = await tenantsOf(jobsEnv(process.env).master);
  const target = tenants.find((one) => one.tenant === tenant);
  if (!target) {
    const known = tenants.map((one) => one.tenant).join(", ");
    throw new UnknownTenantError(`MASTER knows no tenant ${tenant}: there are ${known}`);
  }
  return connectedAs("part_lens_migrator", target, (client) =>
    tryIndex(client, { index, statement, within: within * 1000 }),
  );
}

function said(tenant: string, { before, after, used }: IndexTrial): string {
  const costs = `cost ${before.toFixed(1)} without it, ${after.toFixed(1)} with it`;
  return `${tenant}: ${costs}; the planner ${used ? "would take the index" : "would not take the index"}`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 3600) return value;
  throw new InvalidArgumentError("must be a number of seconds, above 0 and at most 3600");
}
