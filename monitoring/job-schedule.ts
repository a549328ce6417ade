/**
 * The jobs that look after a stack: what each does, how often, as whom, and what it tells. Functions, schedules, roles
 * and alarms are made from this table; the local host runs the same functions on its clock.
 *
 * All are rates: EventBridge runs such a schedule at once when it is made, and from then on at that distance.
 * Source: EventBridge Scheduler user guide, "Schedule types".
 */
export type JobRole = "part_lens_auditor" | "part_lens_api" | "part_lens_migrator";

export interface JobRule {
  readonly description: string;
  /** The archive it is in; its handler is `index.<job>`. */
  readonly bundle: "jobs" | "sweep" | "weekly";
  /** The handler, where two jobs share one. Default: the job's own name. */
  readonly handler?: string;
  /** What the handler is given besides the time that its run is of: see scheduled-run.ts. */
  readonly input?: Readonly<Record<string, unknown>>;
  readonly everyMinutes: number;
  readonly timeoutSeconds: number;
  /** The database roles it signs in as. None: it runs outside the network. */
  readonly signsInAs: readonly JobRole[];
  /** It takes sessions that reach one yacht's objects. */
  readonly sessions?: true;
  /** It asks the API's log. */
  readonly asksLog?: true;
  /** It reads the records of all jobs, and writes the reports of the weeks. */
  readonly reports?: true;
  /** What its findings mean; whoever is told reads it. Left out: it finds nothing that somebody must hear of. */
  readonly finds?: string;
  /** How often it leaves a record for the weekly report: see job-records/record-keeper.ts. Left out: never. */
  readonly records?: "everyRun" | "hourly";
}

const day = 1440;
/**
 * Weekly, a day early: the longest time that an alarm of CloudWatch looks back is seven days, and a job that ran every
 * seven would be missed now and then. Source: PutMetricAlarm, "Period".
 */
const week = 6 * day;

export const jobSchedule = {
  integrity: {
    description: "looks whether ledger and cache agree and every transaction has an owner",
    bundle: "jobs",
    everyMinutes: 1,
    timeoutSeconds: 50,
    signsInAs: ["part_lens_auditor"],
  },
  probe: {
    description: "tries to reach rows and objects of foreign yachts",
    bundle: "jobs",
    everyMinutes: 1,
    timeoutSeconds: 50,
    signsInAs: ["part_lens_api", "part_lens_auditor"],
    sessions: true,
    finds: "A probe reached a row or an object of a foreign yacht",
    records: "hourly",
  },
  reconcile: {
    description: "compares ledger and cache where new ledger rows are",
    bundle: "jobs",
    everyMinutes: 5,
    timeoutSeconds: 240,
    signsInAs: ["part_lens_auditor"],
    finds: "A part's cache is more than 1 % off its ledger",
    records: "hourly",
  },
  reconcileAll: {
    description: "compares the whole ledger with the cache",
    bundle: "jobs",
    handler: "reconcile",
    input: { full: true },
    everyMinutes: week,
    timeoutSeconds: 900,
    signsInAs: ["part_lens_auditor"],
    finds: "A part's cache is more than 1 % off its ledger",
    records: "everyRun",
  },
  review: {
    description: "reviews the signatures in the audit log, and follows its chain",
    bundle: "jobs",
    everyMinutes: week,
    timeoutSeconds: 900,
    signsInAs: ["part_lens_auditor"],
    finds: "The audit log has a signature, a role or a link of its chain that cannot be",
    records: "everyRun",
  },
  orphans: {
    description: "compares objects and their rows, in both directions",
    bundle: "jobs",
    everyMinutes: day,
    timeoutSeconds: 900,
    signsInAs: ["part_lens_auditor"],
    sessions: true,
    finds: "A row has no object, an object no row, or nobody swept what nobody confirmed",
    records: "everyRun",
  },
  queries: {
    description: "tells which calls take the databases' time, and which indexes would help or do nothing",
    bundle: "jobs",
    everyMinutes: day,
    timeoutSeconds: 900,
    signsInAs: ["part_lens_auditor"],
    records: "everyRun",
  },
  trends: {
    description: "tells P95 and P99 of the day before, by action and tenant",
    bundle: "jobs",
    everyMinutes: day,
    timeoutSeconds: 900,
    signsInAs: [],
    asksLog: true,
    records: "everyRun",
  },
  weekly: {
    description: "writes the report of the week before, of the records that the jobs left",
    bundle: "weekly",
    everyMinutes: day,
    timeoutSeconds: 300,
    signsInAs: [],
    reports: true,
    finds:
      "The report of a week names what needs a person: it is in the evidence bucket, under reports/weekly/",
  },
  sweep: {
    description: "removes objects that nobody confirmed",
    bundle: "sweep",
    everyMinutes: day,
    timeoutSeconds: 900,
    signsInAs: ["part_lens_api"],
    sessions: true,
    finds: "Objects that nobody confirmed could not be removed",
  },
} as const satisfies Record<string, JobRule>;

export type JobName = keyof typeof jobSchedule;

/** The jobs in table order. */
export const jobNames = Object.keys(jobSchedule) as readonly JobName[];

/** A job's alarms, without the environment's prefix. They tell people and move nothing. */
export const jobAlarms = {
  silence: (job: JobName) => `${job}Silence`,
  findings: (job: JobName) => `${job}Findings`,
} as const;

/** EventBridge's expression for that distance: `rate(5 minutes)`. */
export function rateExpression(everyMinutes: number): string {
  const units = [
    ["day", day],
    ["hour", 60],
    ["minute", 1],
  ] as const;
  const [unit, minutes] = units.find(([, length]) => everyMinutes % length === 0) ?? ["minute", 1];
  const count = everyMinutes / minutes;
  return `rate(${count} ${unit}${count === 1 ? "" : "s"})`;
}

/** How long a job may be silent until somebody is told: so many periods of so many seconds without a run that succeeded. */
export function silenceOf(everyMinutes: number): {
  readonly period: number;
  readonly evaluationPeriods: number;
} {
  if (everyMinutes <= 5) return { period: 300, evaluationPeriods: 3 };
  if (everyMinutes <= day) return { period: 3600, evaluationPeriods: 26 };
  return { period: 86_400, evaluationPeriods: 7 };
}
