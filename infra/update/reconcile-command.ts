/** `npm run reconcile-stack`: after a way down the stack files say what is live, are committed, and the layers follow. */
import { Command, InvalidArgumentError, Option } from "commander";
import { type EnvironmentName, environments } from "../naming.ts";
import { usageExit } from "../usage-exit.ts";
import { outOfReach } from "./cloud-control.ts";
import { cloudReconcileParts } from "./cloud-reconcile.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";
import { type ReconcileReport, reconcileStack } from "./reconcile-stack.ts";
import { StageWouldRise } from "./reconciliation.ts";
import { RepositoryRefused } from "./stack-repository.ts";

interface Options {
  readonly env: EnvironmentName;
  readonly branch: string;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly waitMinutes: number;
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("it is a number of minutes, 0 or more");
}

const command = new Command("npm run reconcile-stack --")
  .description(
    "After a way down was taken: sets rolloutStage and codeVersion of the stack files to what is live, commits and " +
      "pushes them, and updates the layers. It never raises, and does nothing where no way down was taken.",
  )
  .addOption(
    // A local stack's layers follow a way down by themselves.
    new Option("--env <environment>", "environment")
      .choices(environments.filter((name) => name !== environments[0]))
      .makeOptionMandatory(),
  )
  .option("--branch <name>", "the branch that the stack files are committed to", "main")
  .option("--dry-run", "only say what it would do; needs no pulumi", false)
  .option("--json", "print JSON; progress goes to standard error", false)
  .option(
    "--wait-minutes <minutes>",
    "how long it waits for a deployment that bakes, alarms that fire, another update",
    minutes,
    90,
  )
  .showHelpAfterError()
  .exitOverride(usageExit)
  .addHelpText(
    "after",
    "\nExit codes: 0 reconciled, or nothing to do; 1 refused: it would raise, or the checkout or its remote is not fit; " +
      "2 it could not be done in full.",
  );

const options = command.parse().opts<Options>();
const { json } = options;
const tell = (text: string) => void (json ? process.stderr : process.stdout).write(`${text}\n`);

async function reconciled(): Promise<ReconcileReport> {
  const { branch, dryRun, env: environment, waitMinutes } = options;
  if (!dryRun && !findPulumi()) throw new PulumiMissing(environment);
  const directory = process.cwd();
  return reconcileStack(
    await cloudReconcileParts({ branch, directory, dryRun, environment, tell, waitMinutes }),
  );
}

try {
  const report = await reconciled();
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${report.text}\n`);
} catch (thrown) {
  const error = outOfReach(options.env, thrown) ?? thrown;
  const text = error instanceof Error ? error.message : String(error);
  if (json) process.stdout.write(`${JSON.stringify({ environment: options.env, error: text }, null, 2)}\n`);
  else process.stderr.write(`reconcile-stack: ${text}\n`);
  process.exitCode = error instanceof StageWouldRise || error instanceof RepositoryRefused ? 1 : 2;
}
