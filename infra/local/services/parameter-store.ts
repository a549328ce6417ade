import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { arnOf } from "./arn.ts";
import { AwsError } from "./aws-error.ts";

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly type: "String" | "StringList" | "SecureString";
  readonly version: number;
  readonly arn: string;
  /** Milliseconds since the epoch, on the store's clock. */
  readonly modifiedAt: number;
  /** The ARN of who did it over the endpoint; left out for what the host itself has put. */
  readonly modifiedBy?: string | undefined;
}

export interface ParameterStoreOptions {
  readonly clock: Clock;
  readonly region: string;
  /** Where the parameters are kept over a restart; left out: in memory only. */
  readonly file?: string;
}

/** SSM's Parameter Store, as far as the rollout's lock, advance and cohort need it. */
export class ParameterStore {
  readonly #options: ParameterStoreOptions;
  readonly #parameters = new Map<string, Parameter>();

  constructor(options: ParameterStoreOptions) {
    this.#options = options;
    if (!options.file || !existsSync(options.file)) return;
    const kept = JSON.parse(readFileSync(options.file, "utf8")) as readonly Parameter[];
    for (const parameter of kept) this.#parameters.set(parameter.name, parameter);
  }

  get(name: string): Parameter | undefined {
    return this.#parameters.get(name);
  }

  /** The parameters below a path; only the direct children unless `recursive`. Sorted by name. */
  getByPath(path: string, recursive = false): readonly Parameter[] {
    const prefix = path.endsWith("/") ? path : `${path}/`;
    return [...this.#parameters.values()]
      .filter(({ name }) => name.startsWith(prefix))
      .filter(({ name }) => recursive || !name.slice(prefix.length).includes("/"))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Returns the version. Throws AwsError ParameterAlreadyExists unless `overwrite`. */
  put(wanted: {
    readonly name: string;
    readonly value: string;
    readonly type?: Parameter["type"] | undefined;
    readonly overwrite?: boolean | undefined;
    readonly modifiedBy?: string | undefined;
  }): number {
    const old = this.#parameters.get(wanted.name);
    if (old && !wanted.overwrite)
      throw new AwsError("ParameterAlreadyExists", `${wanted.name} exists; put it with overwrite`);
    const version = (old?.version ?? 0) + 1;
    const type = wanted.type ?? old?.type ?? "String";
    const arn = arnOf("ssm", this.#options.region, `parameter/${wanted.name.replace(/^\//, "")}`);
    const modifiedAt = this.#options.clock.now();
    this.#parameters.set(wanted.name, {
      name: wanted.name,
      value: wanted.value,
      type,
      version,
      arn,
      modifiedAt,
      modifiedBy: wanted.modifiedBy,
    });
    this.#save();
    return version;
  }

  delete(name: string): void {
    this.#parameters.delete(name);
    this.#save();
  }

  #save(): void {
    const { file } = this.#options;
    if (!file) return;
    writeFileSync(`${file}.new`, JSON.stringify([...this.#parameters.values()], null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
