import { hostname } from "node:os";
import type { ControlRequest, ControlResult } from "../../monitoring/rollout/control/control-request.ts";
import type { Step } from "../../monitoring/rollout/verbs/watch.ts";
import type { Ask } from "./cloud-control.ts";

/** Between two rounds: a late failure of a waiting stage is found this soon. */
const roundMilliseconds = 5000;

/**
 * The runner: takes the lease, and asks for one round after the other until the plan is done or a person is needed.
 * All it knows is in the log: killed and started again, it goes on there, once `unlock` has cleared the lease that it
 * left. Ctrl-C gives the lease back.
 */
export async function watchLoop(
  ask: Ask,
  request: ControlRequest,
  tell: (text: string) => void,
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
    return await rounds(ask, own, tell, stop.signal);
  } finally {
    await ask({ ...own, verb: "release" }).catch(() => undefined);
  }
}

async function rounds(
  ask: Ask,
  request: ControlRequest,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<ControlResult> {
  for (let told = ""; !signal.aborted; ) {
    const result = await ask(request, tell, signal).catch((error: Error) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (!result) break;
    if (result.text !== told) tell(result.text);
    told = result.text;
    const { step } = result.data as { readonly step?: Step };
    if (step?.do === "done") return result;
    if (step?.do === "stop") return { ...result, exit: 1 };
    if (!step && result.exit !== 0) return result;
    await pause(signal);
  }
  return { exit: 0, text: "stopped; the lease is given back", data: { stopped: true } };
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, roundMilliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
