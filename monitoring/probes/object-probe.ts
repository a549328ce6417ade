/**
 * Tries to reach objects of other yachts, with a session of the role that the API takes: the second storage guard, by
 * itself. Whatever is not refused is a violation. Source: domain.md, "Storage", "rls_leak".
 */
import { randomUUID } from "node:crypto";
import type { StoragePlace } from "../jobs-env.ts";
import { isAnswer, isRefusal, type SessionOf } from "../storage-adapters.ts";

export interface ObjectViolation {
  /** Whose session it was: a yacht's that has neighbours, or a stranger's to the fleet. */
  readonly identity: "neighbour" | "stranger";
  readonly operation: "get" | "put" | "delete" | "list" | "listAll";
  readonly target: string;
  readonly detail: string;
}

export interface ProbedObjects {
  readonly attempts: number;
  readonly violations: readonly ObjectViolation[];
}

/** An object that is there, of the yacht that is attacked. */
export interface KnownObject {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectProbeTarget {
  /** Whose objects are tried. */
  readonly yachtId: string;
  /** Another yacht of the fleet; left out when there is none. */
  readonly neighbour?: string | undefined;
  readonly known?: KnownObject | undefined;
}

interface Attempt {
  readonly operation: ObjectViolation["operation"];
  readonly target: string;
  readonly run: () => Promise<unknown>;
}

/** Tries every bucket. Throws when STS gives no session, or S3 gives no answer: then nothing was proven. */
export async function objectProbe(
  sessionOf: SessionOf,
  { buckets }: Pick<StoragePlace, "buckets">,
  target: ObjectProbeTarget,
): Promise<ProbedObjects> {
  const identities = { neighbour: target.neighbour, stranger: randomUUID() };
  const violations: ObjectViolation[] = [];
  let attempts = 0;
  for (const [identity, yachtId] of Object.entries(identities)) {
    if (yachtId === undefined) continue;
    const session = await sessionOf(yachtId);
    for (const [name, bucket] of Object.entries(buckets)) {
      for (const { operation, target: what, run } of attemptsOn(session, name, bucket, target)) {
        attempts++;
        const detail = await escaped(run);
        if (detail === undefined) continue;
        violations.push({
          identity: identity as ObjectViolation["identity"],
          operation,
          target: what,
          detail,
        });
      }
    }
  }
  return { attempts, violations };
}

function attemptsOn(
  session: Awaited<ReturnType<SessionOf>>,
  name: string,
  bucket: string,
  { yachtId, known }: ObjectProbeTarget,
): Attempt[] {
  const absent = `${yachtId}/probe/${randomUUID()}`;
  const wanted = known?.bucket === name ? known.key : absent;
  const attempt = (operation: Attempt["operation"], key: string, run: Attempt["run"]): Attempt => ({
    operation,
    target: `${name}/${key}`,
    run,
  });
  return [
    attempt("get", wanted, () => session.get(bucket, wanted)),
    attempt("list", `${yachtId}/`, () => session.list(bucket, `${yachtId}/`)),
    attempt("listAll", "", () => session.list(bucket, "")),
    // A key that nobody uses: a delete that is let through takes nothing away, and a put is taken back.
    attempt("delete", absent, () => session.remove(bucket, absent)),
    attempt("put", absent, async () => {
      await session.put(bucket, absent);
      await session.remove(bucket, absent).catch(() => undefined);
    }),
  ];
}

/** What was wrong with how the attempt ended; undefined: it was refused. Throws what is no answer. */
async function escaped(run: Attempt["run"]): Promise<string | undefined> {
  try {
    await run();
    return "it was done";
  } catch (error) {
    if (isRefusal(error)) return undefined;
    if (!isAnswer(error)) throw error;
    return `the policy let it through: ${(error as Error).message}`;
  }
}
