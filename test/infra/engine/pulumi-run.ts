import { spawn } from "node:child_process";
import { join } from "node:path";

export interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  /** All that it printed. */
  readonly printed: string;
}

/** A state and plugins of its own in that directory, nothing fetched, nobody asked. */
export function pulumiEnvironment(directory: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: `file://${directory}`,
    PULUMI_CONFIG_PASSPHRASE: "of a test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A CLI built from its sources has no version.
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** Runs a program, Pulumi's CLI or what calls it, to its end. */
export function pulumiRun(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
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
