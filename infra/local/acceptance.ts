/** The local half of `npm run evidence -- acceptance`: a stack of its own, with the pilots on v2, until it is done. */
import { join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { reportAcceptance } from "../../monitoring/evidence/acceptance-report.ts";
import { fileEventLog } from "../../monitoring/rollout/event-log.ts";
import { layers } from "../naming.ts";
import { acceptanceIdentities } from "./acceptance-identities.ts";
import { VirtualClock } from "./clock.ts";
import { LocalRollout } from "./local-rollout.ts";
import { LocalStack } from "./local-stack.ts";
import { type ServiceOutputs, serviceOutputs } from "./stack-outputs.ts";

interface Options {
  readonly out: string;
  readonly state: string;
  readonly json: boolean;
}

/** The first stage: its cohort is the pilots. */
const stage = "canary-5";
/** Alarms need data before a deployment, the document its way through AppConfig after it. */
const settling = { minutes: 2, tries: 10 };

const command = new Command("node infra/local/acceptance.ts")
  .description("Stands a local stack up and runs the acceptance against it.")
  .option("--out <directory>", "where the files go", ".part-lens/evidence")
  .option("--state <directory>", "where the stack lives while it runs", ".part-lens/acceptance")
  .option("--json", "print the record as JSON; what is told goes to standard error", false)
  .addHelpText("after", "\nExit codes: 0 every case passed, 1 one did not, 2 it could not run, 130 Ctrl-C.")
  .exitOverride();

async function main({ out, state, json }: Options): Promise<number> {
  const tell = (text: string) => (json ? process.stderr : process.stdout).write(`${text}\n`);
  const keyDirectory = resolve(".part-lens/keys");
  const clock = new VirtualClock(Math.floor(Date.now() / 60_000) * 60_000);
  const stack = await LocalStack.open({ clock, directory: resolve(state), keyDirectory, durable: false });
  closeOnSignal(stack);
  try {
    const started = performance.now();
    for (const layer of layers) await stack.update(layer);
    const service = serviceOutputs(stack.outputs("service"));
    const identities = await acceptanceIdentities(stack, service, keyDirectory);
    await switchPilotsOn(stack, service, clock);
    tell(
      `Local stack at ${service.apiUrl}, ${stage} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    );
    return (await reportAcceptance({ url: service.apiUrl, identities }, { out, json })) ? 0 : 1;
  } finally {
    await stack.close();
  }
}

/** Ctrl-C reaches this process twice when a parent passes it on: the second one must not cut the closing short. */
function closeOnSignal(stack: LocalStack): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void stack.close().finally(() => process.exit(130));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

/** As every rise of a stage: recorded, deployed, and waited for until it is live. */
async function switchPilotsOn(
  stack: LocalStack,
  service: ServiceOutputs,
  clock: VirtualClock,
): Promise<void> {
  const rollout = new LocalRollout({
    stack,
    log: fileEventLog(join(stack.directory, "rollout.jsonl")),
    clock,
    places: service.flags,
    pin: service.pin,
    yachts: service.fleet.yachts,
    actor: "acceptance",
  });
  await clock.advance(settling.minutes * 60_000);
  await rollout.advance(stage);
  for (let tries = 0; rollout.liveStage() !== stage; tries++) {
    if (tries === settling.tries) throw new Error(`the flag document of ${stage} did not become live`);
    await clock.advance(60_000);
  }
}

try {
  process.exitCode = await main(command.parse().opts<Options>());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`acceptance: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 2;
  }
}
