import { jobFunction } from "../../infra/jobs/job-function.ts";
import { jobNames } from "../../monitoring/job-schedule.ts";

/** A test of this folder in which something works with the role; or why there is none. */
export type RoleRun = { readonly in: string; readonly test: string } | { readonly not: string };

const inDatabases = (test: string): RoleRun => ({ in: "database-functions.test.ts", test });
const outside = (test: string): RoleRun => ({ in: "outside-network.test.ts", test });
const schedule: RoleRun = {
  in: "roles.test.ts",
  test: "with %s does that for its own function, and for no other",
};
const job = inDatabases("does what it is for, as whom it may sign in: %s");

/** What each role of dev and prod is run with, by the name of its resource. */
export const roleRuns: Readonly<Record<string, RoleRun>> = {
  api: inDatabases("the API serves a request as each version, from its documents and its databases"),
  session: { in: "adapters.test.ts", test: "of another yacht is refused by the session itself" },
  migrator: inDatabases("the migrator brings every database up to its SQL, and MASTER up to the fleet"),
  checks: inDatabases("the checks look into MASTER and every tenant"),
  ...Object.fromEntries(jobNames.map((name) => [jobFunction(name), job])),
  ...Object.fromEntries(jobNames.map((name) => [`${jobFunction(name)}-schedule`, schedule])),
  judge: outside("the judge records a rollback that it was not asked for, and writes what the program reads"),
  "judge-schedule": schedule,
  notifier: outside("the notifier takes an alarm to the chat and into the record"),
  "notifier-schedule": schedule,
  rollback: { in: "adapters.test.ts", test: "takes the cap to 0 through topic and function" },
  pin: { in: "functions.test.ts", test: "points the HTTP API at v1 and records it" },
  "flags-monitor": outside("AppConfig looks at the five monitors, and may do nothing else with alarms"),
  "port-forward": outside("the host of the port forward reports itself, as Session Manager's agent does"),
  // Its updates; what else its builds do is in delivery-runner.test.ts, what runs nowhere in runner-calls.ts.
  delivery: {
    in: "apply.test.ts",
    test: "creates dev, would change nothing of it that the emulator keeps, moves it a stage up, and destroys it",
  },
  reconcile: outside("what reconciles after a rollback starts the delivery runner's build, and changes none"),
};
