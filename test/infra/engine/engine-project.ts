import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  /** All that it printed. */
  readonly printed: string;
}

/** This project for the real engine: on an empty state in a directory of its own, with providers of the test. */
export class EngineProject {
  readonly directory = mkdtempSync(join(tmpdir(), "part-lens-engine-"));
  readonly environment: NodeJS.ProcessEnv;

  /** `providers`: their ports, by package. */
  constructor(providers: Readonly<Record<string, number>>) {
    makeProject(this.directory);
    const attached = Object.entries(providers).map(([name, port]) => `${name}:${port}`);
    this.environment = {
      ...process.env,
      PULUMI_HOME: join(this.directory, "home"),
      PULUMI_BACKEND_URL: `file://${this.directory}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // A CLI built from its sources has no version.
      PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: attached.join(","),
    };
  }

  /** Runs a program in it; `more`: variables besides the project's. */
  run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const env = { ...this.environment, ...more };
    return new Promise((done, reject) => {
      const child = spawn(command, args, { cwd: this.directory, env, stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      let printed = "";
      child.stdout.on("data", (text) => {
        out += text;
        printed += text;
      });
      child.stderr.on("data", (text) => {
        printed += text;
      });
      child.once("error", reject);
      child.once("close", (exitCode) => done({ exitCode, out, printed }));
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** The project, but for copies of its stack files: making a stack writes into them. */
function makeProject(directory: string): void {
  mkdirSync(join(directory, "stacks"));
  for (const shared of ["infra", "node_modules", "package.json"])
    symlinkSync(resolve(shared), join(directory, shared));
  for (const file of readdirSync("infra/stacks")) {
    const settings = readFileSync(join("infra/stacks", file), "utf8");
    // They hold examples, which a stand-in for AWS takes.
    writeFileSync(
      join(directory, "stacks", file),
      `${settings.trimEnd()}\n  part-lens:acceptExamples: true\n`,
    );
  }
  const project = readFileSync("Pulumi.yaml", "utf8").replace(
    "stackConfigDir: infra/stacks",
    "stackConfigDir: stacks",
  );
  writeFileSync(join(directory, "Pulumi.yaml"), project);
}
