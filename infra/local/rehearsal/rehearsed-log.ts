import { join } from "node:path";
import { incidentsAt } from "../../../monitoring/incident/operator-adapter.ts";
import { logPrefix } from "../../../monitoring/rollout/aws/entry-bucket-adapter.ts";
import { copiedLog } from "../../../monitoring/rollout/copied-log.ts";
import { type EventLog, fileEventLog } from "../../../monitoring/rollout/event-log.ts";
import type { Stage } from "./stage.ts";

/**
 * The rollout's log of one rehearsal: a file, with a copy of its entries where AWS keeps the log itself, and what is
 * collected of a rollback reads it. What an earlier rehearsal on the same stack has left there is no past of this one.
 */
export async function rehearsedLog({
  clock,
  service,
  stack,
}: Pick<Stage, "clock" | "service" | "stack">): Promise<EventLog> {
  const { bucket } = service.evidence;
  for (const { key } of await stack.aws.objects.list(bucket, logPrefix))
    await stack.aws.objects.delete(bucket, key);
  const { region, endpoint, ...credentials } = stack.access;
  const copies = incidentsAt({ environment: "local", bucket, clients: { region, endpoint, credentials } });
  return copiedLog(fileEventLog(join(stack.directory, `rollout-${clock.now()}.jsonl`)), () => copies);
}
