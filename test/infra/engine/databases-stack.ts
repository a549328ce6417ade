import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { rdsAuthoritiesFile } from "../../../infra/database/rds-authorities.ts";
import { type Ended, pulumiEnvironment, pulumiRun } from "./pulumi-run.ts";

export interface DatabasesStackOptions {
  /** Pulumi's CLI. */
  readonly pulumi: string;
  /** The program of the PostgreSQL provider. */
  readonly provider: string;
  /** The version that our package asks for. */
  readonly version: string;
  /** Whom the provider trusts, PEM. */
  readonly authorities: string;
  readonly place: { readonly host: string; readonly port: number };
  readonly environment?: Readonly<Record<string, string>>;
}

const stackName = "test-databases";

/** A stack of the real engine that makes what the program makes inside a cluster, on a state of its own. */
export class DatabasesStack {
  /** A checkout of its own: nobody else's path is like it. */
  readonly directory = mkdtempSync(join(tmpdir(), "part-lens-databases-"));
  readonly #options: DatabasesStackOptions;

  constructor(options: DatabasesStackOptions) {
    this.#options = options;
    const { provider, version, authorities, place } = options;
    const plugins = join(this.directory, "home", "plugins", `resource-postgresql-v${version}`);
    mkdirSync(plugins, { recursive: true });
    symlinkSync(provider, join(plugins, "pulumi-resource-postgresql"));
    for (const shared of ["node_modules", "package.json"])
      symlinkSync(resolve(shared), join(this.directory, shared));
    const program = resolve("test/infra/engine/databases-program.ts");
    this.#write("infra/index.ts", `export { default } from ${JSON.stringify(program)};\n`);
    this.#write(join("infra", rdsAuthoritiesFile), authorities);
    const runtime = { name: "nodejs", options: { typescript: false } };
    this.#write("Pulumi.yaml", JSON.stringify({ name: "part-lens", main: "infra/index.ts", runtime }));
    const config = { "part-lens:host": place.host, "part-lens:port": place.port };
    this.#write(`Pulumi.${stackName}.yaml`, JSON.stringify({ config }));
  }

  #write(file: string, text: string): void {
    mkdirSync(dirname(join(this.directory, file)), { recursive: true });
    writeFileSync(join(this.directory, file), text);
  }

  /** A verb of the CLI, such as `up`, from a folder of the checkout. */
  run(args: readonly string[], from = "."): Promise<Ended> {
    const environment = { ...pulumiEnvironment(this.directory), ...this.#options.environment };
    const all = [...args, "--stack", stackName, "--non-interactive"];
    return pulumiRun(this.#options.pulumi, all, join(this.directory, from), environment);
  }

  /** The program is gone: what runs it fails. */
  forgetProgram(): void {
    this.#write("infra/index.ts", "throw new Error('nobody is to run the program');\n");
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
