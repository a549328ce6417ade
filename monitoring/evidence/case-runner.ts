import { type AcceptanceCase, type Answer, type CaseRecord, field } from "./acceptance-case.ts";
import { secretsOf } from "./identities.ts";
import { redacted } from "./redaction.ts";
import type { World } from "./world.ts";

/** How a request is sent: the global fetch, or an app in the same process. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const patienceMilliseconds = 30_000;
/** Shaped like a token: header, claims, signature. */
const impostorToken = [{ alg: "EdDSA" }, { sub: "nobody" }, "signed by nobody"]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

/** Sends the cases of one run to one API and records what it really answered. */
export class CaseRunner {
  readonly #url: string;
  readonly #world: World;
  readonly #fetch: Fetch;

  constructor(url: string, world: World, fetch: Fetch) {
    this.#url = url.replace(/\/$/, "");
    this.#world = world;
    this.#fetch = fetch;
  }

  /** A request that gets no answer is a case that failed, not an error. */
  async run(acceptance: AcceptanceCase): Promise<CaseRecord> {
    const request = await acceptance.request(this.#world);
    const token = this.#tokenOf(acceptance.as);
    const at = new Date().toISOString();
    const started = performance.now();
    const answer = await this.#ask(request, token).catch((error: unknown) => error as Error);
    const milliseconds = Math.round((performance.now() - started) * 10) / 10;
    const problems = answer instanceof Error ? [reasonOf(answer)] : this.#problemsOf(acceptance, answer);
    if (!(answer instanceof Error)) this.#world.answers.set(acceptance.name, answer);
    const { name, as, expected } = acceptance;
    const record = {
      name,
      as,
      request: { ...request, body: shortened(request.body), authorization: token ? `Bearer ${token}` : null },
      expected,
      answer: answer instanceof Error ? null : answer,
      at,
      milliseconds,
      passed: problems.length === 0,
      problems,
    };
    const secrets = new Set([...secretsOf(this.#world.identities), ...this.#world.codes, impostorToken]);
    return redacted(record, secrets) as CaseRecord;
  }

  #tokenOf(as: AcceptanceCase["as"]): string | undefined {
    if (as === "nobody") return undefined;
    return as === "impostor" ? impostorToken : this.#world.identities.users[as].token;
  }

  async #ask(
    request: CaseRecord["request"] | Awaited<ReturnType<AcceptanceCase["request"]>>,
    token?: string,
  ) {
    const { method, path, body, contentType = "application/json" } = request;
    const response = await this.#fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": contentType }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMilliseconds),
    });
    return answerOf(response);
  }

  #problemsOf({ expected, check }: AcceptanceCase, answer: Answer): string[] {
    const found: string[] = [];
    const code = field(answer.body, "code");
    if (answer.status !== expected.status)
      found.push(`${answer.status}${code ? ` ${code}` : ""}, not ${expected.status}`);
    else if (expected.code !== undefined && code !== expected.code)
      found.push(`${code ?? "no code"}, not ${expected.code}`);
    if (!answer.requestId) found.push("no request id");
    if (!answer.stamps.code) found.push("no stamp of the code");
    const more = found.length === 0 ? check?.(answer, this.#world) : undefined;
    return more ? [...found, more] : found;
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const stamp = (name: string) => response.headers.get(`x-part-lens-${name}`);
  return {
    status: response.status,
    body: parsed(text),
    requestId: response.headers.get("x-request-id"),
    stamps: { code: stamp("code"), stage: stamp("stage"), flags: stamp("flags"), version: stamp("version") },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reasonOf(error: Error): string {
  const { cause } = error;
  return `no answer: ${cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : error.message}`;
}

/** A body that is large on purpose says nothing by its length. */
function shortened(body: unknown): unknown {
  const text = JSON.stringify(body) ?? "";
  return text.length > 4_096 ? `${text.slice(0, 200)}… (${text.length} characters)` : body;
}
