import type { EvaluationContext, FlagValue, FlagValueType, JsonValue, Logger } from "@openfeature/core";
import { FlagdCore, MemoryStorage } from "@openfeature/flagd-core";
import {
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  ProviderNotReadyError,
  type ResolutionDetails,
} from "@openfeature/server-sdk";
import { type FlagKey, flagKeys } from "./keys.ts";

/** A document that is no flagd JSON, or in which a flag of ours is missing, disabled or of the wrong type. */
export class MalformedDocumentError extends Error {
  override name = "MalformedDocumentError";
}

/** Nobody reads what flagd warns about: a malformed document is an error here, and the caller reports it. */
const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/**
 * Serves the flags of one document through OpenFeature, evaluated in process. It is not ready until it has one.
 * flagd's core accepts `{}` and `[]` and wipes every flag: a new document goes into a new core, our flags are
 * checked in it, and only then is it exchanged.
 */
export class DocumentProvider implements Provider {
  readonly runsOn = "server";
  readonly metadata: { readonly name: string };
  readonly events = new OpenFeatureEventEmitter();
  readonly #expected: readonly FlagKey[];
  #core: FlagdCore | undefined;

  /** `expected`: the flags without which a document is malformed. */
  constructor(name: string, expected: readonly FlagKey[]) {
    this.metadata = { name };
    this.#expected = expected;
  }

  async initialize(): Promise<void> {
    if (!this.#core) throw new ProviderNotReadyError("no flag document was read yet");
  }

  /** Takes a new document. Throws MalformedDocumentError and keeps the flags it had. */
  replace(content: string): void {
    const core = coreOf(content, this.#expected);
    const first = this.#core === undefined;
    this.#core = core;
    this.events.emit(first ? ProviderEvents.Ready : ProviderEvents.ConfigurationChanged, {
      flagsChanged: [...core.getFlags().keys()],
    });
  }

  /** Tells listeners that the flags may be out of date. */
  markStale(): void {
    this.events.emit(ProviderEvents.Stale);
  }

  /** Tells listeners that they are current again: after Stale a client stays stale until Ready. */
  markReady(): void {
    this.events.emit(ProviderEvents.Ready);
  }

  async resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext) {
    return this.#resolve("boolean", key, fallback, context);
  }

  async resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext) {
    return this.#resolve("string", key, fallback, context);
  }

  async resolveNumberEvaluation(key: string, fallback: number, context: EvaluationContext) {
    return this.#resolve("number", key, fallback, context);
  }

  async resolveObjectEvaluation<T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) {
    return this.#resolve("object", key, fallback, context);
  }

  /** Errors come back as details with an error code; the client turns them into the caller's default. */
  #resolve<T extends FlagValue>(
    type: FlagValueType,
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): ResolutionDetails<T> {
    if (!this.#core) throw new ProviderNotReadyError("no flag document was read yet");
    return this.#core.resolve<T>(type, key, fallback, context, silent);
  }
}

function coreOf(content: string, expected: readonly FlagKey[]): FlagdCore {
  const storage = new MemoryStorage(silent);
  try {
    // Strict: an operator that flagd does not know would otherwise evaluate to the default, unseen.
    storage.setConfigurations(content, true);
  } catch (error) {
    throw new MalformedDocumentError("the flag document is not valid flagd JSON", { cause: error });
  }
  for (const key of expected) check(storage, key);
  return new FlagdCore(storage, silent);
}

function check(storage: MemoryStorage, key: FlagKey): void {
  const flag = storage.getFlag(key);
  const { type } = flagKeys[key];
  if (!flag) throw new MalformedDocumentError(`the flag document lacks ${key}`);
  if (flag.state !== "ENABLED") throw new MalformedDocumentError(`${key} is disabled in the flag document`);
  if (flag.defaultVariant === undefined) throw new MalformedDocumentError(`${key} has no default variant`);
  const wrong = [...flag.variants].filter(([, value]) => typeof value !== type);
  if (wrong.length > 0) throw new MalformedDocumentError(`${key}: variant ${wrong[0]?.[0]} is no ${type}`);
}
