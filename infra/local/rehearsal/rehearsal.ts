import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type pg from "pg";
import { databaseChecks, type TenantQuery } from "../../../monitoring/database-checks.ts";
import { integrityBreaks, integrityLine } from "../../../monitoring/integrity-check.ts";
import { metricNamespace } from "../../../monitoring/metrics.ts";
import type { WayDown } from "../../../monitoring/report/timeline.ts";
import { fileEventLog } from "../../../monitoring/rollout/event-log.ts";
import { alarmPrefix, layers, physicalName } from "../../naming.ts";
import { readStackConfig } from "../../preview/stack-config.ts";
import { VirtualClock } from "../clock.ts";
import { LocalRollout } from "../local-rollout.ts";
import { LocalStack } from "../local-stack.ts";
import { MetricStoreReader } from "../services/metric-reader.ts";
import type { Delivery } from "../services/topic-bus.ts";
import { type ServiceOutputs, serviceOutputs } from "../stack-outputs.ts";
import { Ascent, type Climb } from "./ascent.ts";
import { Conductor } from "./conductor.ts";
import { type Descended, Descent, type Recovered } from "./descent.ts";
import { Driver } from "./driver.ts";
import { fillInventory, type Inventory } from "./inventory.ts";
import { checkLedger } from "./ledger-check.ts";
import { MetricTimes } from "./metric-times.ts";
import { Observations } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";
import { RollbackWatch, type WayResult } from "./rollback-watch.ts";
import { Scene } from "./scene.ts";
import { Seeded } from "./seeded.ts";
import { SignedActions } from "./signed-actions.ts";
import type { Findings } from "./summary.ts";
import type { Terminal } from "./terminal.ts";
import { TimelineRecorder } from "./timeline-recorder.ts";
import { Tokens } from "./tokens.ts";
import { TrafficPlan } from "./traffic-plan.ts";

const environment = "local";
const auditor = "part_lens_auditor";
const connections = 16;
/** Real signatures cost a real argon2 each. */
const mostSigned = 60;
/** The functions that are ways down, by their physical names. */
const wayOf: Readonly<Record<string, WayDown>> = {
  [physicalName("function", environment, "rollback")]: "killSwitch",
  [physicalName("function", environment, "pin")]: "pin",
};
const warmUpMinutes = { least: 2, most: 20 };

/** A whole rollout on this machine, from an empty directory to the findings. */
export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #terminal: Terminal;
  readonly #clock = new VirtualClock(Math.floor(Date.now() / 60_000) * 60_000);
  readonly #times = new MetricTimes();
  readonly #observations = new Observations();
  readonly #record: TimelineRecorder;
  readonly #closing: (() => Promise<unknown> | unknown)[] = [];
  readonly #notSimulated = new Set<string>();
  #watch: RollbackWatch | undefined;
  /** The last message that the terminal told of. */
  #told = "";

  constructor(options: RehearsalOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
    this.#record = new TimelineRecorder(this.#clock, (time, text) => terminal.event(time, text));
  }

  /** Everything is stopped in the end, however it ends; call it again after Ctrl-C. */
  async close(): Promise<void> {
    for (let end = this.#closing.pop(); end; end = this.#closing.pop()) await end();
  }

  async run(): Promise<Findings> {
    const started = performance.now();
    const stack = await this.#open();
    const service = await this.#standUp(stack);
    const inventory = await this.#fill(stack, service);
    const query = await this.#auditors(stack, service);
    const scene = this.#scene(stack, service, inventory, query);
    const traffic = performance.now();
    await this.#warmUp(scene);
    const climbed = await this.#climb(scene);
    const trafficSeconds = (performance.now() - traffic) / 1000;
    const ledger = await checkLedger(
      query,
      service.fleet.tenants.map(({ id }) => id),
      this.#observations,
    );
    const wallSeconds = (performance.now() - started) / 1000;
    return { ...this.#findings(scene, wallSeconds, trafficSeconds), ...climbed, ledger };
  }

  async #open(): Promise<LocalStack> {
    this.#terminal.heading("Standing the stack up");
    const stack = await LocalStack.open({
      ...this.#options,
      clock: this.#clock,
      durable: false,
      preload: [resolve(import.meta.dirname, "../faults/preload.ts")],
      timeOf: (requestId) => this.#times.take(requestId),
      onInvoked: (name, payload) => this.#invoked(name, payload),
    });
    this.#closing.push(() => stack.close());
    return stack;
  }

  async #standUp(stack: LocalStack): Promise<ServiceOutputs> {
    for (const layer of layers) {
      let done = 0;
      const told = () => this.#terminal.progress(`${environment}-${layer}: ${++done} resources`);
      const { steps, notSimulated, seconds } = await stack.update(layer, {}, told);
      for (const resource of notSimulated) this.#notSimulated.add(resource);
      const made = steps.filter(({ step }) => step === "create").length;
      this.#terminal.good(
        `${environment}-${layer}: ${made} created, ${notSimulated.length} of them not simulated (${seconds.toFixed(1)} s)`,
      );
    }
    return serviceOutputs(stack.outputs("service"));
  }

  async #fill(stack: LocalStack, service: ServiceOutputs): Promise<Inventory> {
    const { seed, inventory: file, keyDirectory } = this.#options;
    const signerKey = join(keyDirectory, "signer.key");
    this.#terminal.progress("users, signers, parts and opening stock");
    const filled = await fillInventory({ stack, service, seed, file, signerKey });
    const { imported, fleet, parts } = filled;
    this.#terminal.good(`${imported.yacht}: ${imported.parts} parts imported from ${relative(".", file)}`);
    const { yachts, users } = fleet;
    this.#terminal.good(
      `${yachts.length} yachts, ${users.length} users, ${parts.length} parts in ${service.fleet.tenants.length} tenants`,
    );
    return filled;
  }

  async #auditors(stack: LocalStack, { fleet }: ServiceOutputs): Promise<TenantQuery> {
    const clients = new Map<string, pg.Client>();
    for (const tenant of fleet.tenants)
      clients.set(tenant.id, await stack.databases.connect(auditor, tenant));
    for (const client of clients.values()) this.#closing.push(() => client.end());
    return async (tenant, sql) => (await (clients.get(tenant) as pg.Client).query(sql)).rows;
  }

  #scene(stack: LocalStack, service: ServiceOutputs, { fleet, parts }: Inventory, query: TenantQuery): Scene {
    const { seed, keyDirectory } = this.#options;
    const { issuer, audience } = JSON.parse(
      readStackConfig(`${environment}-service`)["part-lens:identity"] ?? "{}",
    );
    const driver = new Driver(service.apiUrl, connections);
    this.#closing.push(() => driver.close());
    const traffic = new TrafficPlan({ yachts: fleet.yachts, users: fleet.users, parts }, seed);
    const signed = new SignedActions(fleet.signers, parts, new Seeded(seed, "signed"), mostSigned);
    const tokens = new Tokens(join(keyDirectory, "jwt.private.jwk.json"), { issuer, audience });
    const shared = { clock: this.#clock, stack, observations: this.#observations, signed };
    const tenants = service.fleet.tenants.map(({ id }) => id);
    const checkIntegrity = async () => {
      const breaks = await integrityBreaks(query, tenants);
      stack.aws.metrics.putLine(integrityLine(environment, breaks, this.#clock.now()));
    };
    const sending = { driver, tokens, traffic, times: this.#times, checkIntegrity };
    const conductor = new Conductor({ ...shared, ...sending });
    const watch = this.#watching(stack, service);
    const rollout = new LocalRollout({
      stack,
      log: fileEventLog(join(stack.directory, "rollout.jsonl")),
      clock: this.#clock,
      places: service.flags,
      pin: service.pin,
      yachts: service.fleet.yachts,
      actor: "rehearsal",
    });
    const metrics = new MetricStoreReader(stack.aws.metrics, metricNamespace(environment));
    const judging = { metrics, database: databaseChecks(query, tenants) };
    const own = { options: this.#options, record: this.#record, terminal: this.#terminal };
    return new Scene({ ...shared, ...own, service, rollout, conductor, watch, judging });
  }

  /** Alarms, both ways down and notifications are heard of as they happen. */
  #watching(stack: LocalStack, { flags, pin }: ServiceOutputs): RollbackWatch {
    const prefix = alarmPrefix(environment);
    const watch = new RollbackWatch(stack.aws.alarms, prefix);
    this.#watch = watch;
    stack.aws.alarms.onTransition(({ name, from, to }) => {
      if (from === "INSUFFICIENT_DATA" || (to !== "ALARM" && from !== "ALARM")) return;
      this.#record.event("alarm", `alarm ${name.replace(prefix, "")}: ${from} → ${to}`);
    });
    stack.aws.appConfig.onChange(({ environmentId, version, at }) => {
      if (environmentId === flags.killSwitch.environmentId && version === flags.trippedVersion)
        watch.down("killSwitch", at);
    });
    stack.integrations.onPointed(({ uri, at }) => {
      if (uri !== pin.liveUri) watch.down("pin", at);
    });
    stack.aws.topics.onDelivery((delivery) => this.#delivered(stack, delivery));
    return watch;
  }

  /** Messages to people go into a file; the terminal says once what all contacts of a topic were told. */
  #delivered(stack: LocalStack, { protocol, endpoint, subject, message, at }: Delivery): void {
    if (protocol === "lambda") return;
    const line = { at: new Date(at).toISOString(), protocol, endpoint, subject, message };
    appendFileSync(join(stack.directory, "notifications.jsonl"), `${JSON.stringify(line)}\n`);
    const text = subject ?? message.split("\n")[0] ?? "";
    if (this.#told === `${at} ${text}`) return;
    this.#told = `${at} ${text}`;
    this.#record.event("alarm", `contacts told: ${text}`, "notifications");
  }

  /** What a way down answered to its topic. */
  #invoked(name: string, payload: unknown): void {
    const way = wayOf[name];
    if (!way || !Array.isArray(payload)) return;
    for (const result of payload as WayResult[]) this.#watch?.finished(way, result);
  }

  /** Traffic at 0 %, until no alarm waits for its first data: a deployment would take that for a failure. */
  async #warmUp(scene: Scene): Promise<void> {
    const { alarms } = scene.parts.stack.aws;
    this.#terminal.heading("off");
    this.#record.event("stage", "off: v1 serves everything", "rehearsal");
    for (let minute = 0; minute < warmUpMinutes.most; minute++) {
      await scene.hold();
      const waiting = alarms.names().filter((name) => alarms.state(name) !== "OK");
      if (minute >= warmUpMinutes.least && waiting.length === 0) return;
    }
    throw new Error(`alarms do not become OK without a fault: ${alarms.firing().join(", ") || "no data"}`);
  }

  async #climb(scene: Scene): Promise<{ climbs: Climb[]; descended: Descended | undefined } & Recovered> {
    const { fault, at, until } = this.#options;
    const ascent = new Ascent(scene);
    const injected = fault === "none" ? undefined : fault;
    const top = until === "rollback" ? at : until;
    const first = await ascent.climb(1, top, injected);
    if (first !== "rolledBack" || ascent.causeAt === undefined) {
      return { climbs: [first], descended: undefined, quiet: true, armed: true };
    }
    const descent = new Descent(scene);
    const descended = await descent.follow(at, ascent.causeAt);
    const recovered = await descent.recover(`injected by the rehearsal: ${fault}`);
    if (until === "rollback" || !recovered.quiet) return { climbs: [first], descended, ...recovered };
    return { climbs: [first, await ascent.climb(2, top, undefined)], descended, ...recovered };
  }

  #findings(scene: Scene, wallSeconds: number, trafficSeconds: number) {
    const { startedAt, minutes, events, stages, rollbacks, exposure } = this.#record;
    const { attempted, accepted } = scene.parts.signed;
    const { total, surprises } = this.#observations;
    const { codeVersion, migrationHash } = scene.parts.service;
    return {
      options: this.#options,
      stamps: { codeVersion, migrationHash },
      surprises,
      linesMissing: scene.parts.conductor.linesMissing,
      requestsPerSecond: Math.round(total / trafficSeconds),
      timeline: {
        title: "Part Lens v2, rehearsed",
        seed: this.#options.seed,
        startedAt,
        minutes,
        events,
        stages,
        rollbacks,
        exposure,
        signedActions: { asked: attempted, verified: accepted, refused: attempted - accepted },
        notSimulated: [...this.#notSimulated].sort(),
        wallSeconds,
        requests: total,
      },
    };
  }
}

/** An empty directory for the output; what an earlier rehearsal wrote there is replaced file by file. */
export function prepareOutput(directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const name of ["summary.json", "report.html"]) rmSync(join(directory, name), { force: true });
  return directory;
}
