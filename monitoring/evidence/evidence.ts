/** `npm run evidence -- <command>`: what proves that a stack does what it must, made by running it. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { reportAcceptance } from "./acceptance-report.ts";
import { addBundleCommands } from "./bundle-command.ts";
import { identitiesOf } from "./identities.ts";

interface AcceptanceArguments {
  readonly url?: string;
  readonly local?: boolean;
  readonly identities?: string;
  readonly out: string;
  readonly json: boolean;
}

/** Stands the local stack up and calls the acceptance itself; a program of its own, as it is no part of monitoring. */
const localProgram = join(import.meta.dirname, "../../infra/local/acceptance.ts");

const acceptanceManual = `
Without --url a local stack is stood up (about 15 s), with the first yacht's lens on, and removed again.

Against a URL, --identities names a JSON file; it holds secrets, so keep it readable by you alone:
  { "yacht":   { "id": "…", "partId": "…" },            a pilot yacht whose lens is on; the part's stock ends as it began
    "foreign": { "yachtId": "…", "objectId": "…" },     a yacht the users are no members of, an object of her storage
    "users": {
      "hod":     { "token": "…", "pin": "…", "totpSecret": "BASE32" },   her chief engineer, enrolled as a signer
      "captain": { "token": "…" },
      "crew":    { "token": "…", "pin": "…", "totpSecret": "BASE32" } } }
A signature's code is good once: wait 90 seconds before you run it again with the same users.

Writes canonical_router_acceptance_summary.json, signed_actions_evidence.json, idempotency_409_evidence.json,
zero_5xx_scan.json and storage_rls_403_evidence.json. Tokens, PINs and codes are replaced in them.

Exit codes: 0 every case passed, 1 one did not, 2 it could not run.`;

const program = new Command("npm run evidence --")
  .description("Makes the evidence of a rollout from a running stack, and seals it for whoever audits it.")
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

program
  .command("acceptance")
  .description("runs the acceptance cases and writes one JSON file a suite")
  .option("--url <url>", "of a running API")
  .option("--local", "stand a local stack up; the default without --url")
  .option("--identities <file>", "who asks, against a URL")
  .option("--out <directory>", "where the files go", ".part-lens/evidence")
  .option("--json", "print the record as JSON; what is told goes to standard error", false)
  .showHelpAfterError("(--help tells more)")
  .addHelpText("after", acceptanceManual)
  .exitOverride()
  .action(async (options: AcceptanceArguments) => {
    process.exitCode = await acceptance(options);
  });

async function acceptance({ url, local, identities, out, json }: AcceptanceArguments): Promise<number> {
  if (url && local) throw new Error("give --url or --local, not both");
  if (!url) return runLocal(["--out", out, ...(json ? ["--json"] : [])]);
  if (!identities) throw new Error("--url needs --identities FILE; --help tells what is in it");
  const users = identitiesOf(JSON.parse(await readFile(identities, "utf8")));
  return (await reportAcceptance({ url, identities: users }, { out, json })) ? 0 : 1;
}

/** Its output and its exit code are ours, and so are the signals it gets. */
function runLocal(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [localProgram, ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 2)));
  });
}

addBundleCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`evidence: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
