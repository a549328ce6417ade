/** The entry on Lambda: environment → dependencies → app → handler. One environment serves one request at a time. */
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { createApp } from "./app.ts";
import { readSettings } from "./env.ts";
import { createRuntime } from "./runtime.ts";

// What one turn prints goes out in one write: a write to Lambda's pipe holds the request up until it is done.
const printed: string[] = [];
const print = () => void process.stdout.write(`${printed.splice(0).join("\n")}\n`);
const writeLine = (text: string) => {
  if (printed.push(text) === 1) queueMicrotask(print);
};
const runtime = await createRuntime(readSettings(process.env), writeLine);
const answer = handle(createApp(runtime.dependencies));
const inFlight = new Set<Promise<unknown>>();

export async function handler(event: LambdaEvent, context?: LambdaContext) {
  const answered = answer(event, context);
  inFlight.add(answered);
  try {
    return await answered;
  } finally {
    inFlight.delete(answered);
  }
}

/** Waits for what is in flight, then closes the connections. Safe to call twice. */
export async function close(): Promise<void> {
  await Promise.allSettled(inFlight);
  await runtime.close();
}

// The host decides when the process ends: an answer may still be on its way out.
process.once("SIGTERM", () => void close());
