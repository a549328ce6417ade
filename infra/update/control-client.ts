import type {
  ControlLine,
  ControlRequest,
  ControlResult,
} from "../../monitoring/rollout/control/control-request.ts";
import { runningStack } from "./control-file.ts";

/** There is nobody to ask; the message says how to start somebody. */
export class StackNotUp extends Error {
  override readonly name = "StackNotUp";
}

/**
 * Asks the local stack of that directory. `tell` hears how the work goes.
 * Throws StackNotUp when none runs, or when it ends before it has answered.
 */
export async function askStack(
  stateDirectory: string,
  request: ControlRequest,
  tell: (progress: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<ControlResult> {
  const place = runningStack(stateDirectory);
  if (!place) {
    throw new StackNotUp(
      `no local stack is up in ${stateDirectory}; start one with "npm run up -- --env local" in another terminal`,
    );
  }
  const response = await fetch(place.url, {
    method: "POST",
    headers: { authorization: `Bearer ${place.token}`, "content-type": "application/json" },
    body: JSON.stringify(request),
    ...(signal && { signal }),
  }).catch((cause) => {
    throw gone(stateDirectory, cause);
  });
  if (!response.ok || !response.body) {
    throw new StackNotUp(`the local stack refused to be asked: ${response.status} ${await response.text()}`);
  }
  try {
    return await resultOf(response.body, tell);
  } catch (cause) {
    throw gone(stateDirectory, cause);
  }
}

function gone(stateDirectory: string, cause: unknown): unknown {
  if (cause instanceof Error && cause.name === "AbortError") return cause;
  return new StackNotUp(`the local stack in ${stateDirectory} ended before it had answered`, { cause });
}

async function resultOf(
  body: ReadableStream<Uint8Array>,
  tell: (progress: string) => void,
): Promise<ControlResult> {
  let rest = "";
  for await (const chunk of body.pipeThrough(
    new TextDecoderStream() as never,
  ) as unknown as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const told = JSON.parse(line) as ControlLine;
      if ("result" in told) return told.result;
      tell(told.progress);
    }
  }
  throw new Error("no result");
}
