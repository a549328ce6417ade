import { readFileSync } from "node:fs";
import { importJWK, type JWK, SignJWT } from "jose";

/** Who the tokens are from and for, as the service layer's config says. */
export interface TokenIdentity {
  readonly issuer: string;
  readonly audience: string;
}

interface Issued {
  readonly token: Promise<string>;
  /** From here on another is given, milliseconds since the epoch. */
  readonly renewAt: number;
}

const lifeSeconds = 3600;

/** The local identity provider: signs the tokens of the rehearsal's users with this machine's key. */
export class Tokens {
  readonly #key: JWK;
  readonly #identity: TokenIdentity;
  readonly #issued = new Map<string, Issued>();

  constructor(keyFile: string, identity: TokenIdentity) {
    this.#key = JSON.parse(readFileSync(keyFile, "utf8")) as JWK;
    this.#identity = identity;
  }

  /** A token of that user, good for an hour of real time; the same one for half of it, however long a rehearsal takes. */
  of(userId: string): Promise<string> {
    const known = this.#issued.get(userId);
    if (known && Date.now() < known.renewAt) return known.token;
    const token = this.#sign(userId);
    this.#issued.set(userId, { token, renewAt: Date.now() + (lifeSeconds / 2) * 1000 });
    return token;
  }

  async #sign(userId: string): Promise<string> {
    const key = await importJWK(this.#key, "EdDSA");
    return new SignJWT()
      .setProtectedHeader({ alg: "EdDSA", kid: this.#key.kid as string })
      .setIssuer(this.#identity.issuer)
      .setAudience(this.#identity.audience)
      .setSubject(userId)
      .setExpirationTime(`${lifeSeconds} s`)
      .sign(key);
  }
}
