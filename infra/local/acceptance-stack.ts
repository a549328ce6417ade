import { join, resolve } from "node:path";
import { fileEventLog } from "../../monitoring/rollout/event-log.ts";
import { layers } from "../naming.ts";
import { VirtualClock } from "./clock.ts";
import { LocalRollout } from "./local-rollout.ts";
import { LocalStack } from "./local-stack.ts";
import { type ServiceOutputs, serviceOutputs } from "./stack-outputs.ts";

/** The first stage: its cohort is the pilots. */
export const acceptanceStage = "canary-5";
/** Alarms need data before a deployment, the document its way through AppConfig after it. */
const settling = { minutes: 2, tries: 10 };

export interface AcceptanceStackOptions {
  /** Where the stack lives while it runs. */
  readonly state: string;
  readonly keyDirectory: string;
  /** Told at once, so that what is being stood up can be closed. */
  readonly begun?: (stack: LocalStack) => void;
}

export interface StackForAcceptance {
  readonly stack: LocalStack;
  readonly service: ServiceOutputs;
}

/** Stands a local stack up with the pilots on v2. The caller closes it; where it cannot stand it is closed. */
export async function acceptanceStack(options: AcceptanceStackOptions): Promise<StackForAcceptance> {
  const clock = new VirtualClock(Math.floor(Date.now() / 60_000) * 60_000);
  const { keyDirectory, begun } = options;
  const directory = resolve(options.state);
  const stack = await LocalStack.open({ clock, directory, keyDirectory, durable: false });
  begun?.(stack);
  try {
    for (const layer of layers) await stack.update(layer);
    const service = serviceOutputs(stack.outputs("service"));
    await switchPilotsOn(stack, service, clock);
    return { stack, service };
  } catch (error) {
    await stack.close();
    throw error;
  }
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
  await rollout.advance(acceptanceStage);
  for (let tries = 0; rollout.liveStage() !== acceptanceStage; tries++) {
    if (tries === settling.tries)
      throw new Error(`the flag document of ${acceptanceStage} did not become live`);
    await clock.advance(60_000);
  }
}
