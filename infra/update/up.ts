/** `npm run up`: stands an environment up. A local one serves until Ctrl-C. */
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type StageName, stageNames } from "../../flags/plan.ts";
import { type EnvironmentName, environments, type LayerName, layers } from "../naming.ts";
import { usageExit } from "../usage-exit.ts";
import { cloudUp } from "./cloud-up.ts";
import { askStack } from "./control-client.ts";
import { runningStack } from "./control-file.ts";
import { LocalUp } from "./local-up.ts";
import { findUser, tokenFor } from "./local-users.ts";
import { variablesFile } from "./variables-file.ts";

interface Options {
  readonly env: EnvironmentName;
  readonly stage?: StageName;
  readonly state: string;
  readonly tokenFor?: string;
  readonly inventory: string;
  readonly seed: string;
  readonly speed: number;
  readonly layers: readonly LayerName[];
}

const keyDirectory = resolve(".part-lens/keys");
const sample = resolve(import.meta.dirname, "../local/rehearsal/sample-inventory.csv");

function speedOf(text: string): number {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed >= 1 && speed <= 120) return speed;
  throw new InvalidArgumentError("it is a number from 1 to 120");
}

const command = new Command("npm run up --")
  .description("Stands an environment up. A local one is real on this machine and serves until Ctrl-C.")
  .addOption(new Option("--env <environment>", "environment").choices(environments).default("local"))
  .addOption(
    new Option(
      "--stage <stage>",
      "the rollout stage to deploy; a rise is refused without its advance",
    ).choices(stageNames),
  )
  .addOption(
    new Option("--layers <layer...>", "not local: only these layers, in their order")
      .choices(layers)
      .default(layers),
  )
  .option("--state <directory>", "local: where the stack lives", ".part-lens/local")
  .option(
    "--token-for <user>",
    "local: only print a token: a user id, role@yacht, or a role of the first yacht",
  )
  .addOption(
    new Option("--inventory <file>", "local: a PMS export for the first yacht").default(
      sample,
      "the rehearsal's sample",
    ),
  )
  .option("--seed <text>", "local: of the users and parts", "part-lens")
  .option(
    "--speed <times>",
    "local: alarms, deployments and bakes this many times faster; a trial, no proof",
    speedOf,
    1,
  )
  .showHelpAfterError()
  .exitOverride(usageExit)
  .addHelpText(
    "after",
    '\nMove the rollout from another terminal: "npm run rollout -- status".\n' +
      "Exit codes: 0 ended as asked, 2 it could not be done.",
  );

const tell = (text: string) => process.stdout.write(`${text}\n`);

async function serve(options: Options): Promise<void> {
  const directory = resolve(options.state);
  const other = runningStack(directory);
  if (other) throw new Error(`a local stack is up in ${options.state} already (process ${other.pid})`);
  if (options.stage && !["off", "canary-5"].includes(options.stage)) {
    throw new Error(
      `a local stack cannot start at ${options.stage}: each stage is reached by the proof of the one before. ` +
        'Start it and use "npm run rollout -- advance" or "watch"; "npm run rehearse" shows the whole in a minute',
    );
  }
  const up = new LocalUp({ ...options, directory, keyDirectory, tell });
  const stopped = new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop());
  });
  try {
    if (options.speed > 1)
      tell(
        `this is a trial: the stack's clock runs ${options.speed} times faster, and no bake proves anything`,
      );
    const started = up.start().then((service) => service.apiUrl);
    const apiUrl = await Promise.race([started, stopped]);
    if (apiUrl) {
      tell(usage(apiUrl, options));
      if (options.stage === "canary-5") void raise(directory);
      await stopped;
    }
    tell("stopping …");
    await started.catch(() => undefined);
  } finally {
    await up.close();
  }
}

/** As soon as the alarms have data, through the same preflight as the verb. */
async function raise(directory: string): Promise<void> {
  const request = { verb: "advance", actor: "up --stage", stage: "canary-5" } as const;
  for (let refusal = ""; ; ) {
    const { exit, text } = await askStack(directory, request).catch(() => ({ exit: 2 as const, text: "" }));
    if (text !== refusal) tell(text);
    refusal = text;
    if (exit !== 1 || /acknowledge|already|next stage/.test(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 5000).unref());
  }
}

function usage(apiUrl: string, { state }: Options): string {
  const place = state === ".part-lens/local" ? "" : ` --state ${state}`;
  return [
    `\nServing: ${apiUrl}`,
    `  token:   npm run -s up -- --token-for captain${place}`,
    `  try it:  curl -H "authorization: Bearer $(npm run -s up -- --token-for captain${place})" ${apiUrl}/v1/health`,
    `  rollout: npm run rollout -- status${place}`,
    `  data:    (. ${variablesFile(state)} && npm run jobs -- reconcile)    # and audit, import, tenants`,
    "Ctrl-C ends it.",
  ].join("\n");
}

async function main(options: Options): Promise<void> {
  if (options.env !== "local") return cloudUp(options.env, options, tell);
  if (options.tokenFor === undefined) return serve(options);
  const { userId } = findUser(resolve(options.state), options.tokenFor);
  tell(await tokenFor(userId, keyDirectory));
}

try {
  await main(command.parse().opts<Options>());
  process.exitCode = 0;
} catch (error) {
  process.stderr.write(`up: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
