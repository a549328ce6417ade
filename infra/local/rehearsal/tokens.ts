import { readFileSync } from "node:fs";
import { importJWK, type JWK, SignJWT } from "jose";

/** Who the tokens are from and for, as the service layer's config says. */
export interface TokenIdentity {
  readonly issuer: string;
  readonly audience: string;
}

/** The local identity provider: signs the tokens of the rehearsal's users with this machine's key. */
export class Tokens {
  readonly #key: JWK;
  readonly #identity: TokenIdentity;
  readonly #issued = new Map<string, Promise<string>>();

  constructor(keyFile: string, identity: TokenIdentity) {
    this.#key = JSON.parse(readFileSync(keyFile, "utf8")) as JWK;
    this.#identity = identity;
  }

  /** A token of that user, good for an hour; the same one for the whole rehearsal. */
  of(userId: string): Promise<string> {
    let token = this.#issued.get(userId);
    if (!token) {
      token = this.#sign(userId);
      this.#issued.set(userId, token);
    }
    return token;
  }

  async #sign(userId: string): Promise<string> {
    const key = await importJWK(this.#key, "EdDSA");
    return new SignJWT()
      .setProtectedHeader({ alg: "EdDSA", kid: this.#key.kid as string })
      .setIssuer(this.#identity.issuer)
      .setAudience(this.#identity.audience)
      .setSubject(userId)
      .setExpirationTime("1h")
      .sign(key);
  }
}
