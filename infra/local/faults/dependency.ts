/** A dependency is down: 503, counted apart. Source: domain.md, "The rollout". */
import type { Fault } from "./fault.ts";
import { asSuperuser, firstTenant } from "./in-database.ts";
import { atEveryStage, bounds, ends, rollsBackBy } from "./script.ts";

/** Only v2 has objects: its share of 503 is above v1's, which has none. At 100 % there is nothing to hold it against. */
export const storageFailing: Fault = {
  description: "STS and S3 answer 500 to whoever uploads",
  expected: {
    ...atEveryStage(rollsBackBy(["unavailableAboveControl"], bounds.fiveMinutes)),
    "full-100": ends("pass"),
  },
  at: ["canary-5"],
  asks: "uploads",
  notLeft: { record: "the evidence bucket is of the storage that fails" },
  host: {
    apply: ({ aws }) => {
      for (const service of ["sts", "s3"]) aws.endpoint.fail(service);
    },
    clear: ({ aws }) => {
      for (const service of ["sts", "s3"]) aws.endpoint.mend(service);
    },
  },
};

/** Yachts of both versions are in it: nobody can say that v2 did it. */
export const tenantDown: Fault = {
  description: "the first tenant's database takes no connections any more",
  expected: atEveryStage(ends("pass")),
  at: ["ramp-50"],
  host: {
    apply: (stack) => connections(stack, false),
    clear: (stack) => connections(stack, true),
  },
};

async function connections(stack: Parameters<typeof firstTenant>[0], allowed: boolean): Promise<void> {
  const { host, port, database } = firstTenant(stack);
  const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`;
  await asSuperuser(stack, { host, port, database: "postgres" }, [
    `alter database "${database}" with allow_connections ${allowed}`,
    ...(allowed ? [] : [end]),
  ]);
}
