import { createHash } from "node:crypto";
import { identityAllows } from "../../infra/local/services/identity-policy.ts";
import type { Session, SessionService } from "../../infra/local/services/session-service.ts";
import { policyDocument, type Statement } from "../../infra/policy.ts";

/**
 * The sessions that the emulator's Lambda runs functions in, for what must verify their signatures beside it. It makes
 * their keys of the ARNs of function and role (ministack/core/lambda_runtime.py, `execution_credentials`).
 */
export class LambdaSessions implements Pick<SessionService, "find" | "allows"> {
  readonly #sessions = new Map<string, Session>();
  readonly #statements = new Map<string, readonly Statement[]>();

  /** A function that runs with a role of these statements. */
  add(functionArn: string, role: string, statements: readonly Statement[]): void {
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const digest = sha256(`${functionArn}:${role}`);
    const accessKeyId = `ASIA${digest.slice(0, 16).toUpperCase()}`;
    const [secretAccessKey, sessionToken] = [sha256(`secret:${digest}`), sha256(`token:${digest}`)];
    const session = { accessKeyId, secretAccessKey, sessionToken, role, tags: {}, expiresAt: undefined };
    this.#sessions.set(accessKeyId, session);
    this.#statements.set(role, statements);
  }

  find(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  allows({ role = "", tags }: Session, request: Parameters<SessionService["allows"]>[1]): boolean {
    const statements = this.#statements.get(role) ?? [];
    return identityAllows([policyDocument(statements)], { ...request, tags });
  }
}
