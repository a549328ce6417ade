import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentHash } from "../../preview/archive.ts";
import { canonicalJson } from "../../preview/graph.ts";

/** A function as the program declares it. */
export interface FunctionDefinition {
  /** What Lambda would unpack. */
  readonly bundleDirectory: string;
  /** `index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Megabytes. */
  readonly memory: number;
}

/** A published version: never changes. Its bundle is a copy, so that a new build cannot touch it. */
export interface FunctionVersion extends FunctionDefinition {
  readonly version: string;
  readonly codeHash: string;
}

/** A port on which a qualifier of a function answers HTTP. */
export interface Front {
  readonly name: string;
  readonly qualifier: string;
  readonly apiId: string;
}

interface Entry {
  versions: FunctionVersion[];
  aliases: Record<string, string>;
}

interface Content {
  functions: Record<string, Entry>;
  fronts: Record<string, Front>;
}

/** A function, version or alias that does not exist. */
export class FunctionUnknown extends Error {
  override readonly name = "FunctionUnknown";
}

/** What functions there are, their versions and aliases: kept in a file, so that a stack can be served again. */
export class FunctionRegistry {
  readonly #directory: string;
  readonly #content: Content;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
    const file = this.#file();
    this.#content = existsSync(file)
      ? (JSON.parse(readFileSync(file, "utf8")) as Content)
      : { functions: {}, fronts: {} };
  }

  /** Publishes a version, unless the last one has the same code and configuration. */
  publish(name: string, definition: FunctionDefinition): FunctionVersion {
    this.#content.functions[name] ??= { versions: [], aliases: {} };
    const entry = this.#content.functions[name];
    const codeHash = contentHash(definition.bundleDirectory);
    const bundleDirectory = this.#keep(name, definition.bundleDirectory, codeHash);
    const last = entry.versions.at(-1);
    const version = {
      ...definition,
      bundleDirectory,
      codeHash,
      version: String(Number(last?.version ?? 0) + 1),
    };
    if (last && canonicalJson({ ...last, version: "" }) === canonicalJson({ ...version, version: "" }))
      return last;
    entry.versions.push(version);
    this.#write();
    return version;
  }

  setAlias(name: string, alias: string, version: string): void {
    const found = this.find(name, version);
    this.#entry(name).aliases[alias] = found.version;
    this.#write();
  }

  removeAlias(name: string, alias: string): void {
    delete this.#content.functions[name]?.aliases[alias];
    this.#write();
  }

  remove(name: string): void {
    delete this.#content.functions[name];
    this.#write();
  }

  /** undefined or "$LATEST": the version published last. Throws FunctionUnknown. */
  find(name: string, qualifier = "$LATEST"): FunctionVersion {
    const { versions, aliases } = this.#entry(name);
    const number = aliases[qualifier] ?? qualifier;
    const found = number === "$LATEST" ? versions.at(-1) : versions.find(({ version }) => version === number);
    if (!found) throw new FunctionUnknown(`function ${name} has no version or alias "${qualifier}"`);
    return found;
  }

  /** Versions that something can still reach: the last, and those of aliases. */
  reachable(name: string): Set<string> {
    const entry = this.#content.functions[name];
    return new Set([entry?.versions.at(-1)?.version ?? "", ...Object.values(entry?.aliases ?? {})]);
  }

  setFront(port: number, front: Front | undefined): void {
    if (front) this.#content.fronts[port] = front;
    else delete this.#content.fronts[port];
    this.#write();
  }

  fronts(): { port: number; front: Front }[] {
    return Object.entries(this.#content.fronts).map(([port, front]) => ({ port: Number(port), front }));
  }

  #entry(name: string): Entry {
    const entry = this.#content.functions[name];
    if (!entry) throw new FunctionUnknown(`there is no function ${name}`);
    return entry;
  }

  #keep(name: string, bundle: string, hash: string): string {
    const kept = join(this.#directory, "bundles", `${name}-${hash.slice(0, 12)}`);
    if (!existsSync(kept)) {
      const draft = `${kept}.${process.pid}`;
      cpSync(bundle, draft, { recursive: true });
      renameSync(draft, kept);
    }
    return kept;
  }

  #file(): string {
    return join(this.#directory, "functions.json");
  }

  #write(): void {
    const draft = `${this.#file()}.new`;
    writeFileSync(draft, JSON.stringify(this.#content, null, 1), { mode: 0o600 });
    renameSync(draft, this.#file());
  }
}
