import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { TOTP } from "otpauth";
import type { AcceptanceRequest, Answer } from "./acceptance-case.ts";
import type { Identities } from "./identities.ts";

const stepMilliseconds = 30_000;

/** What the cases of one run share: who asks, names that are new, signatures, and the answers so far. */
export class World {
  readonly identities: Identities;
  /** By the name of their case. */
  readonly answers = new Map<string, Answer>();
  /** Codes that were made: they may stand in no record. */
  readonly codes = new Set<string>();
  readonly #run = randomUUID();
  readonly #lastStep = new Map<string, number>();

  constructor(identities: Identities) {
    this.identities = identities;
  }

  /** An idempotency key of this run. */
  key(name: string): string {
    return `acceptance-${this.#run}-${name}`;
  }

  /** The body of an earlier case's answer. */
  bodyOf(name: string): unknown {
    return this.answers.get(name)?.body;
  }

  /** A call of the canonical router for the yacht, about her part. */
  execute(action: string, payload: Readonly<Record<string, unknown>> = {}, key?: string): AcceptanceRequest {
    const { id, partId } = this.identities.yacht;
    const body = {
      action,
      context: { yacht_id: id },
      payload: { part_id: partId, ...payload },
      ...(key && { idempotency_key: key }),
    };
    return { method: "POST", path: "/v2/actions/execute", body };
  }

  /**
   * A signature whose code was not used before in this run: this step's, else the next one's, which the API takes
   * too, else it waits for a new step.
   */
  async sign(user: "hod" | "crew"): Promise<{ pin: string; totp: string }> {
    const { pin, totpSecret } = this.identities.users[user];
    const now = () => Math.floor(Date.now() / stepMilliseconds);
    const step = Math.max(now(), (this.#lastStep.get(user) ?? 0) + 1);
    while (step > now() + 1) await wait(1_000);
    this.#lastStep.set(user, step);
    const totp = new TOTP({ secret: totpSecret }).generate({ timestamp: step * stepMilliseconds });
    this.codes.add(totp);
    return { pin, totp };
  }
}
