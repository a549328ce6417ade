import { alarms } from "../../../monitoring/alarms.ts";
import type { Version } from "../../../monitoring/metrics.ts";
import type { VirtualClock } from "../clock.ts";
import type { LocalStack } from "../local-stack.ts";
import type { ApiRequest } from "./api-request.ts";
import type { Driver } from "./driver.ts";
import type { MetricTimes } from "./metric-times.ts";
import type { Observations, VersionView } from "./observations.ts";
import type { SignedActions } from "./signed-actions.ts";
import type { Tokens } from "./tokens.ts";
import { type PlannedMinute, slotsPerMinute, type TrafficPlan } from "./traffic-plan.ts";

export interface ConductorParts {
  readonly clock: VirtualClock;
  readonly stack: LocalStack;
  readonly driver: Driver;
  readonly tokens: Tokens;
  readonly traffic: TrafficPlan;
  readonly observations: Observations;
  readonly times: MetricTimes;
  readonly signed: SignedActions;
  /** What the fault has asked besides, by the minute since it began. */
  readonly extra: (minute: number) => readonly ApiRequest[];
}

const slotMilliseconds = 60_000 / slotsPerMinute;
/**
 * Virtual time between two signed actions: as long as the window of the alarm on slow answers. Their argon2 is the one work
 * that a busy machine takes over 500 ms for, and one after the other would be a slow v2 to that alarm.
 */
const signedEveryMilliseconds = alarms.slowShare.period * 1000;

/** Carries the virtual minutes: real requests first, then the clock, so that the alarms see what happened. */
export class Conductor {
  readonly #parts: ConductorParts;
  /** Something is broken on purpose. */
  faulty = false;
  /** Yachts whose captains may sign now. */
  signing: readonly string[] = [];
  /** Metric lines that never came. */
  linesMissing = 0;
  #minutes = 0;
  #signedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ConductorParts) {
    this.#parts = parts;
  }

  async minute(planned: PlannedMinute): Promise<Record<Version, VersionView>> {
    const requests = this.#parts.traffic.requestsOf(planned);
    const start = this.#parts.clock.now();
    const extra = this.faulty ? this.#parts.extra(this.#minutes++) : [];
    for (let slot = 0; slot < slotsPerMinute; slot++) {
      const due = requests.filter((request) => request.slot === slot);
      const timed = due.map((request) => ({ request, at: start + request.second * 1000 }));
      const more = slot === 0 ? extra.map((request) => ({ request, at: start })) : [];
      if (timed.length + more.length > 0) await this.#slot([...more, ...timed]);
      await this.#parts.clock.advanceTo(start + (slot + 1) * slotMilliseconds);
    }
    return this.#parts.observations.takeMinute();
  }

  /** All requests of a slot at once; done when each is answered and its metrics are in. */
  async #slot(due: { readonly request: ApiRequest; readonly at: number }[]): Promise<void> {
    const signed = this.#signed();
    const last = due.at(-1)?.at ?? this.#parts.clock.now();
    const all = signed ? [...due, { request: signed, at: last }] : due;
    await Promise.all(all.map(({ request, at }) => this.#send(request, at)));
    await this.#parts.stack.flush();
    this.linesMissing += await this.#parts.times.settled();
  }

  /** The signed action of this slot, where one is due. */
  #signed(): ApiRequest | undefined {
    const now = this.#parts.clock.now();
    if (this.signing.length === 0 || now < this.#signedAt + signedEveryMilliseconds) return undefined;
    const request = this.#parts.signed.next(this.signing);
    if (request) this.#signedAt = now;
    return request;
  }

  async #send(request: ApiRequest, at: number): Promise<void> {
    const { driver, times, tokens, observations, signed } = this.#parts;
    times.expect(request.id, at);
    const { method, path, body, userId } = request;
    const token = await tokens.of(userId);
    const answer = await driver.send({ method, path, token, ...(body ? { body } : {}) }, request.id);
    if (answer.version === undefined) times.forget(request.id);
    observations.add(request, answer, at, this.faulty);
    if (request.kind === "adjust") signed.answered(answer);
  }
}
