import { hostname } from "node:os";
import type { ControlRequest, ControlResult } from "../../monitoring/rollout/control/control-request.ts";
import type { Step } from "../../monitoring/rollout/verbs/watch.ts";
import type { Ask } from "./cloud-control.ts";

/** Between two rounds: a late failure of a waiting stage is found this soon. */
const roundMilliseconds = 5000;
/** Rounds in a row that may fail, a quarter of an hour: a throttled or broken service comes back. */
const mostFailures = 180;
/** What no later round mends. */
const final = new Set(["StackNotUp", "PulumiMissing", "CloudOutOfReach", "RangeError", "CorruptLogError"]);

/**
 * The runner: takes the lease, and asks for one round after the other until the plan is done or a person is needed.
 * All it knows is in the log: killed and started again, it goes on there, once `unlock` has cleared the lease that it
 * left. Ctrl-C gives the lease back.
 */
export async function watchLoop(
  ask: Ask,
  request: ControlRequest,
  tell: (text: string) => void,
  pauseMilliseconds: number = roundMilliseconds,
): Promise<ControlResult> {
  const runner = `${request.actor}@${hostname()}:${process.pid}`;
  const own = { ...request, runner };
  const leased = await ask({ ...own, verb: "lease" });
  if (leased.exit !== 0) return leased;
  tell(leased.text);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
  try {
    return await rounds(ask, own, tell, { signal: stop.signal, pauseMilliseconds });
  } finally {
    await ask({ ...own, verb: "release" }).catch(() => undefined);
  }
}

interface Pace {
  readonly signal: AbortSignal;
  readonly pauseMilliseconds: number;
}

async function rounds(
  ask: Ask,
  request: ControlRequest,
  tell: (text: string) => void,
  { signal, pauseMilliseconds }: Pace,
): Promise<ControlResult> {
  let told = "";
  for (let failures = 0; !signal.aborted; await pause({ signal, pauseMilliseconds })) {
    const round = await ask(request, tell, signal).catch((error: Error) => error);
    if (signal.aborted) break;
    failures = round instanceof Error ? failures + 1 : 0;
    if (round instanceof Error && (final.has(round.name) || failures > mostFailures)) throw round;
    const text = round instanceof Error ? `a round failed, tried again: ${round.message}` : round.text;
    if (text !== told) tell(text);
    told = text;
    const ended = round instanceof Error ? undefined : endOf(round);
    if (ended) return ended;
  }
  return { exit: 0, text: "stopped; the lease is given back", data: { stopped: true } };
}

/** How the plan ended with that round; undefined when it goes on. */
function endOf(round: ControlResult): ControlResult | undefined {
  const { step } = round.data as { readonly step?: Step };
  if (step?.do === "done") return round;
  if (step?.do === "stop") return { ...round, exit: 1 };
  return !step && round.exit !== 0 ? round : undefined;
}

function pause({ signal, pauseMilliseconds }: Pace): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pauseMilliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
