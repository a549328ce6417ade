import { alarmMessage } from "./alarm-message.ts";
import { awsPinPorts } from "./pin-adapters.ts";
import { pinEnv } from "./pin-env.ts";
import { type PinResult, type PinStep, pin } from "./pin-procedure.ts";
import type { SnsEvent } from "./rollback.ts";

/** The HTTP API was not pointed at v1, or nobody will know that it was: Lambda shall run the function again. */
export class PinIncompleteError extends Error {
  override readonly name = "PinIncompleteError";
}

/**
 * The Lambda entry: pins for each alarm of the event. Rejects with PinIncompleteError after all steps when pointing,
 * recording or telling did not succeed, and with a ZodError for a message that no alarm wrote.
 */
export async function handler(event: SnsEvent): Promise<PinResult[]> {
  const env = pinEnv(process.env);
  const context = { environment: env.STACK_ENVIRONMENT, alarmPrefix: env.ALARM_PREFIX };
  const ports = awsPinPorts(env);
  const results: PinResult[] = [];
  for (const record of event.Records) {
    const message = alarmMessage.parse(JSON.parse(record.Sns.Message));
    const result = await pin(message, ports, context);
    console.log(JSON.stringify({ pin: result }));
    results.push(result);
  }
  const undone = results.flatMap(({ steps }) => steps).filter(({ ok, step }) => !ok && mustSucceed.has(step));
  if (undone.length > 0) throw new PinIncompleteError(undone.map(({ detail }) => detail).join("; "));
  return results;
}

/** Where one of these failed, v2 may still be served, an update may raise it again, or nobody knows. */
const mustSucceed: ReadonlySet<PinStep> = new Set(["point", "record", "notify"]);
