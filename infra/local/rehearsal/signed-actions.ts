import { TOTP } from "otpauth";
import { type ApiRequest, adjustRequest, type TrafficPart } from "./api-request.ts";
import type { Answer } from "./driver.ts";
import type { FleetSigner } from "./fleet.ts";
import type { Seeded } from "./seeded.ts";

const stepSeconds = 30;

/**
 * Signed corrections of the stock, no more than real TOTP steps allow: a code is good once, and time in the API is real.
 * Bounded besides, because each costs a real argon2.
 */
export class SignedActions {
  readonly #signers: readonly FleetSigner[];
  readonly #parts: ReadonlyMap<string, readonly TrafficPart[]>;
  readonly #chance: Seeded;
  readonly #limit: number;
  readonly #usedStep = new Map<string, number>();
  #turn = 0;
  attempted = 0;
  accepted = 0;
  /** Status and code of the first answer that was no success. */
  firstRefusal: string | undefined;

  constructor(signers: readonly FleetSigner[], parts: readonly TrafficPart[], chance: Seeded, limit: number) {
    this.#signers = signers.filter(({ role }) => role === "captain");
    this.#parts = Map.groupBy(parts, ({ yachtId }) => yachtId);
    this.#chance = chance;
    this.#limit = limit;
  }

  /** The next signed request of one of these yachts, or undefined while no captain has a code left to use. */
  next(yachtIds: readonly string[]): ApiRequest | undefined {
    if (this.attempted >= this.#limit) return undefined;
    const step = Math.floor(Date.now() / 1000 / stepSeconds);
    const ready = this.#signers.filter(
      ({ userId, yachtId }) => yachtIds.includes(yachtId) && (this.#usedStep.get(userId) ?? 0) < step,
    );
    const signer = ready[this.#turn++ % Math.max(1, ready.length)];
    if (!signer) return undefined;
    this.#usedStep.set(signer.userId, step);
    this.attempted += 1;
    return this.#request(signer, step);
  }

  /** Takes note of the answer. */
  answered({ status, body, failure }: Pick<Answer, "status" | "body" | "failure">): void {
    if (status === 200) this.accepted += 1;
    else this.firstRefusal ??= `${status} ${String(body.code ?? failure ?? "")}`.trim();
  }

  /** The code is that step's, also where the next one has begun meanwhile: its own code is still to be used. */
  #request({ userId, yachtId, role, pin, totpSecret }: FleetSigner, step: number): ApiRequest {
    const totp = new TOTP({ secret: totpSecret }).generate({ timestamp: step * stepSeconds * 1000 });
    const part = this.#chance.pick(this.#parts.get(yachtId) ?? []);
    return adjustRequest({
      signer: { userId, yachtId, role },
      partId: part.partId,
      newQuantity: Math.max(1, Math.round(part.stock)),
      signature: { pin, totp },
      name: String(this.attempted),
    });
  }
}
