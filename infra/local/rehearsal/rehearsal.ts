import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { WayDown } from "../../../monitoring/report/timeline.ts";
import type { EventLog } from "../../../monitoring/rollout/event-log.ts";
import { alarmPrefix, physicalName } from "../../naming.ts";
import { LocalRollout } from "../local-rollout.ts";
import type { Delivery } from "../services/topic-bus.ts";
import { Ascent, type Climb } from "./ascent.ts";
import { type Descended, Descent, type Recovered } from "./descent.ts";
import { Observations } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";
import { ProductionWeek, thinnedJobs, type WeekPassed } from "./production-week.ts";
import { rehearsedLog } from "./rehearsed-log.ts";
import { RollbackWatch, type WayResult } from "./rollback-watch.ts";
import { Scene } from "./scene.ts";
import type { Stage, StageParts } from "./stage.ts";
import type { SteppedDown } from "./step-down.ts";
import type { Findings } from "./summary.ts";
import type { Terminal } from "./terminal.ts";
import { TimelineRecorder } from "./timeline-recorder.ts";

const environment = "local";
/** The functions that are ways down, by their physical names. */
const wayOf: Readonly<Record<string, WayDown>> = {
  [physicalName("function", environment, "rollback")]: "killSwitch",
  [physicalName("function", environment, "pin")]: "pin",
};
const warmUpMinutes = { least: 2, most: 20 };

/** How the climbs of a rehearsal ended, and what came of them. */
interface Climbed extends Recovered {
  readonly climbs: Climb[];
  readonly descended: Descended | undefined;
  readonly steppedDown: SteppedDown | undefined;
  readonly unproven: readonly string[];
}

/** A rollout on a stage that is set, from 0 % to the findings. One at a time on the same stage. */
export class Rehearsal {
  readonly #stage: Stage;
  readonly #options: RehearsalOptions;
  readonly #terminal: Terminal;
  readonly #observations = new Observations();
  readonly #record: TimelineRecorder;
  readonly #closing: (() => void)[] = [];
  /** How often each function of a topic or a schedule has succeeded, by its physical name. */
  readonly #runs = new Map<string, number>();
  #watch: RollbackWatch | undefined;
  /** The last message that the terminal told of. */
  #told = "";

  constructor(stage: Stage, options: RehearsalOptions, terminal: Terminal) {
    this.#stage = stage;
    this.#options = options;
    this.#terminal = terminal;
    this.#record = new TimelineRecorder(stage.clock, (time, text) => terminal.event(time, text));
  }

  /** `started`: when the stack was begun to be set up, on the machine's own watch. */
  async run(started: number = performance.now()): Promise<Findings> {
    try {
      const parts = this.#stage.open(this.#options, this.#observations, (name, payload) =>
        this.#invoked(name, payload),
      );
      this.#closing.push(() => parts.close());
      const scene = this.#scene(parts, await rehearsedLog(this.#stage));
      const traffic = performance.now();
      await this.#warmUp(scene);
      const climbed = await this.#climb(scene);
      const trafficSeconds = (performance.now() - traffic) / 1000;
      const week = await this.#week(scene, climbed.climbs, parts.thin);
      const ledger = await parts.checkLedger();
      const { history: log } = await scene.parts.rollout.state();
      const wallSeconds = (performance.now() - started) / 1000;
      return { ...this.#findings(scene, wallSeconds, trafficSeconds), ...climbed, week, ledger, log };
    } finally {
      for (let end = this.#closing.pop(); end; end = this.#closing.pop()) end();
    }
  }

  #scene(parts: StageParts, log: EventLog): Scene {
    const { clock, stack, service } = this.#stage;
    const reopenRollout = () =>
      new LocalRollout({
        stack,
        log,
        clock,
        places: service.flags,
        pin: service.pin,
        yachts: service.fleet.yachts,
        actor: "rehearsal",
      });
    const rollout = { log, rollout: reopenRollout(), reopenRollout };
    const own = { options: this.#options, record: this.#record, terminal: this.#terminal, ...rollout };
    const shared = { clock, stack, service, observations: this.#observations, watch: this.#watching() };
    return new Scene({ ...shared, ...own, ...parts });
  }

  /** Alarms, both ways down and notifications are heard of as they happen. */
  #watching(): RollbackWatch {
    const { stack, service } = this.#stage;
    const { flags, pin } = service;
    const prefix = alarmPrefix(environment);
    const watch = new RollbackWatch(stack.aws.alarms, prefix);
    this.#watch = watch;
    this.#closing.push(
      () => watch.close(),
      stack.aws.alarms.onTransition(({ name, from, to }) => {
        if (from === "INSUFFICIENT_DATA" || (to !== "ALARM" && from !== "ALARM")) return;
        this.#record.event(
          to === "ALARM" ? "alarm" : "calm",
          `alarm ${name.replace(prefix, "")}: ${from} → ${to}`,
        );
      }),
      stack.aws.appConfig.onChange(({ environmentId, version, at }) => {
        if (environmentId === flags.killSwitch.environmentId && version === flags.trippedVersion)
          watch.down("killSwitch", at);
      }),
      stack.integrations.onPointed(({ uri, at }) => {
        if (uri !== pin.liveUri) watch.down("pin", at);
      }),
      stack.aws.topics.onDelivery((delivery) => this.#delivered(delivery)),
    );
    return watch;
  }

  /** Messages to people go into a file; the terminal says once what all contacts of a topic were told. */
  #delivered({ protocol, endpoint, subject, message, at }: Delivery): void {
    if (protocol === "lambda") return;
    const line = { at: new Date(at).toISOString(), protocol, endpoint, subject, message };
    appendFileSync(join(this.#stage.stack.directory, "notifications.jsonl"), `${JSON.stringify(line)}\n`);
    const text = subject ?? message.split("\n")[0] ?? "";
    if (this.#told === `${at} ${text}`) return;
    this.#told = `${at} ${text}`;
    this.#record.event("told", `contacts told: ${text}`, "notifications");
  }

  /** What a way down answered to its topic. */
  #invoked(name: string, payload: unknown): void {
    this.#runs.set(name, (this.#runs.get(name) ?? 0) + 1);
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

  async #climb(scene: Scene): Promise<Climbed> {
    const { fault, script, at, until } = this.#options;
    const ascent = new Ascent(scene);
    const descent = new Descent(scene);
    const reason = `injected by the rehearsal: ${fault}`;
    const tops = { rollback: at, "production-ready": "full-100" } as const;
    const top = until === "rollback" || until === "production-ready" ? tops[until] : until;
    const first = await ascent.climb(1, top, script !== undefined);
    const { steppedDown, causeAt, unproven } = ascent;
    const climbs = [first];
    const calm = { quiet: true, armed: true, steppedDown, unproven, descended: undefined };
    if (causeAt === undefined) return { climbs, ...calm };
    if (first !== "rolledBack") return { climbs, ...calm, ...(await descent.leave(reason)) };
    const descended = await descent.follow(at, causeAt);
    const recovered = await descent.recover(reason);
    const ended = { steppedDown, unproven, descended, ...recovered };
    if (until === "rollback" || !recovered.quiet) return { climbs, ...ended };
    return { climbs: [first, await ascent.climb(2, top, false)], ...ended };
  }

  /** Only after a climb to the top that is meant to end in production. */
  async #week(
    scene: Scene,
    climbs: readonly Climb[],
    thin: StageParts["thin"],
  ): Promise<WeekPassed | undefined> {
    if (this.#options.until !== "production-ready" || climbs.at(-1) !== "completed") return undefined;
    thin?.(thinnedJobs);
    const week = await new ProductionWeek(scene, this.#runs).pass(climbs.length);
    thin?.(undefined);
    return week;
  }

  #findings(scene: Scene, wallSeconds: number, trafficSeconds: number) {
    const { startedAt, minutes, events, stages, rollbacks, exposure } = this.#record;
    const { attempted, accepted, firstRefusal } = scene.parts.signed;
    const { total, surprises } = this.#observations;
    const { codeVersion, migrationHash } = scene.parts.service;
    return {
      options: this.#options,
      stamps: { codeVersion, migrationHash },
      surprises,
      firstRefusal,
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
        notSimulated: this.#stage.notSimulated,
        wallSeconds,
        requests: total,
      },
    };
  }
}
