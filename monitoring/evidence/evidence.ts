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
  /** True: the revision that served before this checkout. */
  readonly knownGood?: string | true;
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

With --known-good code of before serves on a local stack with the SQL of this checkout: a migration that it cannot live
with fails. The code is built from a commit, tag or branch by that revision's own builder, and passes the acceptance of
that revision; or it is a folder with a built bundle, and passes this checkout's. Without a name it is the newest release
in the history, else where this branch left main, else the commit before. Its variables are those of today's function.
The files then go into known-good/ below --out. What the migrator would refuse is refused here, too. Where there is no
earlier revision the check is skipped, and counted.

Exit codes: 0 every case passed or was skipped, 1 one did not pass, 2 it could not run.`;

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
  .option("--known-good [revision]", "let code of before serve on this checkout's SQL, on a local stack")
  .option("--out <directory>", "where the files go", ".part-lens/evidence")
  .option("--json", "print the record as JSON; what is told goes to standard error", false)
  .showHelpAfterError("(--help tells more)")
  .addHelpText("after", acceptanceManual)
  .exitOverride()
  .action(async (options: AcceptanceArguments) => {
    process.exitCode = await acceptance(options);
  });

async function acceptance(options: AcceptanceArguments): Promise<number> {
  const { url, local, identities, knownGood, out, json } = options;
  if (url && local) throw new Error("give --url or --local, not both");
  if (url && knownGood) throw new Error("--known-good deploys its code on a stack of its own: give no --url");
  const before = knownGood === true ? ["--known-good"] : knownGood ? ["--known-good", knownGood] : [];
  if (!url) return runLocal(["--out", out, ...before, ...(json ? ["--json"] : [])]);
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
