import { setTimeout as realPause } from "node:timers/promises";
import type { Judged, StageName } from "../../flags/plan.ts";
import type { IncidentStore } from "../../monitoring/incident/incident-store.ts";
import { incidentsAt } from "../../monitoring/incident/operator-adapter.ts";
import { attributesOf, type Telling } from "../../monitoring/incident/outbox.ts";
import type { StageVerdict } from "../../monitoring/judge.ts";
import { copiedLog } from "../../monitoring/rollout/copied-log.ts";
import type { EventLog } from "../../monitoring/rollout/event-log.ts";
import { type AlarmChange, alarmTimesOf, type RolloutHistory } from "../../monitoring/rollout/history.ts";
import type { LiveView } from "../../monitoring/rollout/live-view.ts";
import type { Bake, RolloutPlace } from "../../monitoring/rollout/place.ts";
import type { ParameterPlace } from "../../monitoring/rollout/recorder.ts";
import type { ServiceChecks } from "../../monitoring/rollout/service-checks.ts";
import { stampedLog } from "../../monitoring/rollout/stamped-log.ts";
import type { RolloutState } from "../../monitoring/rollout/state.ts";
import { proveV1 } from "../../monitoring/v1-proof.ts";
import type { Clock } from "../local/clock.ts";
import { LocalRollout } from "../local/local-rollout.ts";
import type { RehearsedStack } from "../local/rehearsed-stack.ts";
import { servedCode } from "../local/served-code.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";
import { alarmPrefix } from "../naming.ts";
import { LocalCode } from "./local-code.ts";
import { LocalDescent } from "./local-descent.ts";
import { LocalJudge } from "./local-judge.ts";
import { LocalView } from "./local-view.ts";

export interface LocalPlaceParts {
  readonly stack: RehearsedStack;
  readonly service: ServiceOutputs;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Something that nobody asked for: to the terminal of the stack. */
  readonly note: (text: string) => void;
  /** Lets time pass on a clock that does not go by itself. Left out: it does. */
  readonly passTime?: () => Promise<void>;
}

/** Between two tries to prove v1, milliseconds. */
const provingPause = 500;

/** A local stack as the rollout's control sees it. */
export class LocalPlace implements RolloutPlace {
  readonly environment = "local";
  readonly log: EventLog;
  readonly parameters: ParameterPlace;
  /** Whoever tries the stack out on one machine sends too little to prove anything. */
  readonly provesTraffic = false;
  readonly code: LocalCode;
  /** AWS's own delays are 20 s of the stack's clock. */
  readonly patience = { seconds: 120, pollMilliseconds: 100 };
  readonly #parts: LocalPlaceParts;
  /** Since this stack came up; CloudWatch remembers 30 days. */
  readonly #changes: AlarmChange[] = [];
  readonly #view: LocalView;
  readonly #judge: LocalJudge;
  readonly #descent: LocalDescent;
  /** The evidence of a stack goes with it. */
  readonly recordedFrom: number;
  /** Watches the alarms no more. */
  readonly close: () => void;
  #incidents: IncidentStore | undefined;
  /** A stack that was down has not been watched: this is kept in no file. */
  #watched: { readonly move: string | undefined; readonly from: string } | undefined;

  constructor(parts: LocalPlaceParts) {
    const { stack, service, clock } = parts;
    this.#parts = parts;
    this.recordedFrom = clock.now();
    this.log = stampedLog(
      copiedLog(parts.log, () => this.incidents),
      () => servedCode(stack),
    );
    this.code = new LocalCode(stack, service);
    this.parameters = {
      read: async () => stack.parameters(),
      write: async (name, value) => {
        stack.aws.parameters.put({ name, value, type: "String", overwrite: true });
      },
      writer: async (name) => stack.aws.parameters.get(name)?.modifiedBy,
    };
    this.close = stack.aws.alarms.onTransition(({ name, to }) => {
      this.#changes.push({ alarm: name.replace(alarmPrefix(this.environment), ""), to, at: this.now() });
    });
    this.#view = new LocalView(stack, service);
    this.#judge = new LocalJudge(stack, service, clock);
    this.#descent = new LocalDescent({ stack, service, view: this.#view });
  }

  now(): number {
    return this.#parts.clock.now();
  }

  /** What is under way on this machine is done before time passes: it takes none on the stack's clock. */
  async pause(milliseconds: number): Promise<void> {
    const { passTime } = this.#parts;
    if (!passTime) return realPause(milliseconds);
    await this.#descent.settled();
    await passTime();
  }

  live(): Promise<LiveView> {
    return this.#view.live();
  }

  async bakeFrom({ stage, since }: RolloutState, live: LiveView): Promise<string | undefined> {
    const isNew = !this.#watched || this.#watched.move !== since;
    if (live.documentStage === stage && isNew)
      this.#watched = { move: since, from: new Date(this.now()).toISOString() };
    return this.#watched?.move === since ? this.#watched?.from : undefined;
  }

  async yachts(): Promise<ServiceOutputs["fleet"]["yachts"]> {
    return this.#parts.service.fleet.yachts;
  }

  judge(what: Judged, bake: Bake): Promise<StageVerdict> {
    return this.#judge.judge(what, bake);
  }

  checks(): Promise<ServiceChecks> {
    return this.#judge.checks();
  }

  async history(): Promise<RolloutHistory> {
    const { metrics, resolution } = await this.#judge.read();
    return { metrics, resolution, alarmTimes: alarmTimesOf(this.#changes) };
  }

  async requestsPerMinute(): Promise<number> {
    return this.#judge.requestsPerMinute();
  }

  async capZero(actor: string): Promise<string> {
    return this.#descent.capZero(actor);
  }

  lower(stage: StageName): Promise<boolean> {
    return this.#descent.follow(this.#rollout("part-lens"), stage);
  }

  async stopDeployments(): Promise<void> {
    this.#rollout("part-lens").stopDeployments();
  }

  raise(stage: StageName): Promise<void> {
    return this.#rollout("part-lens").deploy(stage);
  }

  async arm(actor: string): Promise<void> {
    this.#rollout(actor).arm();
  }

  proveV1(): Promise<string> {
    const { apiUrl, fleet } = this.#parts.service;
    const target = { apiUrl, tenants: fleet.tenants.length };
    return proveV1(target, { fetch: globalThis.fetch, pauseMilliseconds: provingPause });
  }

  get incidents(): IncidentStore {
    this.#incidents ??= incidentsOf(this.#parts);
    return this.#incidents;
  }

  async tell(telling: Telling): ReturnType<RolloutPlace["tell"]> {
    const { stack, service } = this.#parts;
    const { subject, body: message } = telling;
    const content = { subject, message, attributes: attributesOf(telling) };
    const endpoint = service.topics.alerts;
    return { channel: "sns", endpoint, messageId: stack.aws.topics.publish(endpoint, content) };
  }

  note(text: string): void {
    this.#parts.note(text);
  }

  #rollout(actor: string): LocalRollout {
    const { stack, service, log, clock } = this.#parts;
    const { flags: places, pin, fleet } = service;
    return new LocalRollout({ stack, log, clock, places, pin, yachts: fleet.yachts, actor });
  }
}

/** The bucket as any client of the stack reaches it. */
function incidentsOf({ service, stack }: LocalPlaceParts): IncidentStore {
  const { region, endpoint, ...credentials } = stack.access;
  const { bucket } = service.evidence;
  return incidentsAt({ environment: "local", bucket, clients: { region, endpoint, credentials } });
}
