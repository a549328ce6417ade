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
import { type Ended, pulumiEnvironment, pulumiRun } from "./pulumi-run.ts";

/** This project for the real engine: on an empty state in a directory of its own, with providers of the test. */
export class EngineProject {
  readonly directory = mkdtempSync(join(tmpdir(), "part-lens-engine-"));
  readonly environment: NodeJS.ProcessEnv;

  /** `providers`: their ports, by package. */
  constructor(providers: Readonly<Record<string, number>>) {
    makeProject(this.directory);
    const attached = Object.entries(providers).map(([name, port]) => `${name}:${port}`);
    this.environment = {
      ...pulumiEnvironment(this.directory),
      PULUMI_DEBUG_PROVIDERS: attached.join(","),
    };
  }

  /** Runs a program in it; `more`: variables besides the project's. */
  run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return pulumiRun(command, args, this.directory, { ...this.environment, ...more });
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
