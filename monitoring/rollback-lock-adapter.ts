import {
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import type { RollbackEnv } from "./rollback-env.ts";
import type { Held, LockOutcome, RollbackLock } from "./rollback-ports.ts";

type LockEnv = Pick<RollbackEnv, "LOCK_PARAMETER">;
type Parameters = Pick<SSMClient, "send">;

/** False where there is no lock; rejects where nobody can tell. */
export async function held(env: LockEnv, parameters: Parameters): Promise<Held | false> {
  const before = await readLock(env, parameters);
  return before?.locked ? heldBy(before) : false;
}

async function readLock(env: LockEnv, parameters: Parameters): Promise<Partial<RollbackLock> | undefined> {
  try {
    const { Parameter } = await parameters.send(new GetParameterCommand({ Name: env.LOCK_PARAMETER }));
    return JSON.parse(Parameter?.Value ?? "{}") as Partial<RollbackLock>;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** The first cause stays: a second alarm of the same rollback joins those that also fired. */
export async function putLock(
  env: LockEnv,
  parameters: Parameters,
  lock: RollbackLock,
): Promise<LockOutcome> {
  const before = (await readLock(env, parameters).catch(() => undefined)) ?? {};
  const Value = JSON.stringify(before.locked ? joined(before, lock) : lock);
  const put = { Name: env.LOCK_PARAMETER, Value, Type: "String", Overwrite: true } as const;
  await parameters.send(new PutParameterCommand(put));
  if (!before.locked) return { detail: "locked" };
  return { detail: `locked before, by ${before.cause}`, before: heldBy(before) };
}

function heldBy({ by, incident }: Partial<RollbackLock>): Held {
  return { ...(by && { by }), ...(incident && { incident }) };
}

function joined(before: Partial<RollbackLock>, lock: RollbackLock): object {
  const others = new Set([...(before.alsoFiring ?? []), lock.cause, ...lock.alsoFiring]);
  others.delete(before.cause ?? "");
  return { ...lock, ...before, alsoFiring: [...others], to: "off" };
}
