/** The Lambda entry of the sweep: every yacht of the fleet, once a day. */
import pLimit from "p-limit";
import * as z from "zod";
import { findingsLine, metricNamespace } from "../../monitoring/metrics.ts";
import type { DatabaseTarget } from "../database/connection.ts";
import { createPools, type Pools } from "../database/pools.ts";
import { bucketTable } from "../env.ts";
import { createS3ObjectStore } from "./s3-object-store.ts";
import { createSweep, type SweptYacht } from "./sweep.ts";
import { createYachtSessions } from "./yacht-sessions.ts";

const text = z.string().min(1);
const schema = z.object({
  STACK_ENVIRONMENT: text,
  MASTER_HOST: text,
  MASTER_PORT: z.coerce.number().int().positive(),
  MASTER_DATABASE: text,
  BUCKETS: bucketTable,
  SESSION_ROLE: text,
  AWS_REGION: text,
  AWS_ENDPOINT_URL: text.optional(),
});

type YachtTarget = DatabaseTarget & { readonly yacht_id: string };

/** Some yachts could not be swept; those of the others are. */
export class YachtsFailedError extends AggregateError {
  override readonly name = "YachtsFailedError";
}

/** Yachts at the same time: the sweep must not take connections that requests need. */
const atOnce = 2;

/** The Lambda entry. */
export function sweep(): Promise<SweptYacht[]> {
  return sweepFleet(process.env, console.log);
}

/** Throws an Error that names the variables that are wrong, YachtsFailedError, and what the pools throw. */
export async function sweepFleet(
  variables: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<SweptYacht[]> {
  const parsed = schema.safeParse(variables);
  if (!parsed.success)
    throw new Error(`the sweep's environment is wrong: ${problemsOf(parsed.error, variables)}`);
  const settings = parsed.data;
  const pools = createPools({ max: 1, total: atOnce });
  try {
    const swept = await sweepYachts(pools, settings);
    const failed = swept.reduce((sum, yacht) => sum + yacht.failed, 0);
    print(findingsLine(metricNamespace(settings.STACK_ENVIRONMENT), "sweep", failed));
    return swept;
  } finally {
    await pools.end();
  }
}

function problemsOf({ issues }: z.ZodError, variables: Readonly<Record<string, string | undefined>>): string {
  const problems = issues.map(({ path, message }) =>
    variables[String(path[0])] === undefined
      ? `${String(path[0])} is not set`
      : `${path.join(".")}: ${message}`,
  );
  return problems.join("; ");
}

async function sweepYachts(pools: Pools, settings: z.output<typeof schema>): Promise<SweptYacht[]> {
  const { MASTER_HOST: host, MASTER_PORT: port, MASTER_DATABASE: database } = settings;
  const asked = "select part_lens.fleet_yachts() as yachts";
  const rows = await pools.query<{ yachts: YachtTarget[] }>(
    { host, port, database },
    "fleet_yachts",
    asked,
    [],
  );
  const session = { roleArn: settings.SESSION_ROLE, region: settings.AWS_REGION };
  const clientOf = createYachtSessions({ ...session, endpoint: settings.AWS_ENDPOINT_URL });
  const sweepYacht = createSweep(pools, createS3ObjectStore({ buckets: settings.BUCKETS, clientOf }));
  const limit = pLimit(atOnce);
  const yachts = rows[0]?.yachts ?? [];
  const runs = await Promise.allSettled(
    yachts.map(({ yacht_id, ...target }) => limit(() => sweepYacht(target, yacht_id))),
  );
  const failures = runs.flatMap((run, index) =>
    run.status === "rejected"
      ? [new Error(`${yachts[index]?.yacht_id}: ${run.reason?.message}`, { cause: run.reason })]
      : [],
  );
  if (failures.length > 0)
    throw new YachtsFailedError(failures, failures.map(({ message }) => message).join("; "));
  return runs.flatMap((run) => (run.status === "fulfilled" ? [run.value] : []));
}
