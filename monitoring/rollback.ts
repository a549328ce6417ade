import { alarmMessage } from "./alarm-message.ts";
import { awsPorts } from "./rollback-adapters.ts";
import { rollbackEnv } from "./rollback-env.ts";
import type { RollbackResult } from "./rollback-ports.ts";
import { mustSucceed, rollBack } from "./rollback-procedure.ts";

/** The cap, the lock or the message to people did not succeed: Lambda shall run the function again. */
export class RollbackIncompleteError extends Error {
  override name = "RollbackIncompleteError";
}

/** The event that SNS hands to a function. */
export interface SnsEvent {
  readonly Records: readonly { readonly Sns: { readonly Message: string } }[];
}

/**
 * The Lambda entry: rolls back for each alarm of the event. Rejects with RollbackIncompleteError after all steps
 * when the cap, the lock or the message did not succeed, and with a ZodError for a message that no alarm wrote.
 */
export async function handler(event: SnsEvent): Promise<RollbackResult[]> {
  const env = rollbackEnv(process.env);
  const context = {
    environment: env.STACK_ENVIRONMENT,
    alarmPrefix: env.ALARM_PREFIX,
    contacts: env.CONTACTS,
  };
  const ports = awsPorts(env);
  const results: RollbackResult[] = [];
  for (const record of event.Records) {
    const message = alarmMessage.parse(JSON.parse(record.Sns.Message));
    const result = await rollBack(message, ports, context);
    console.log(JSON.stringify({ rollback: result }));
    results.push(result);
  }
  const undone = results.flatMap(({ steps }) => steps).filter(({ ok, step }) => !ok && mustSucceed.has(step));
  if (undone.length > 0) throw new RollbackIncompleteError(undone.map(({ detail }) => detail).join("; "));
  return results;
}
