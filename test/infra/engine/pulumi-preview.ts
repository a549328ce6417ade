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

/** A step of the engine's preview, as `pulumi preview --json` writes it. */
export interface EngineStep {
  readonly op: string;
  readonly urn: string;
  readonly newState?: {
    readonly type: string;
    readonly custom: boolean;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly parent?: string;
    readonly protect?: boolean;
    readonly dependencies?: readonly string[];
  };
}

export interface EnginePreview {
  readonly exitCode: number | null;
  readonly steps: readonly EngineStep[];
  /** All that it printed. */
  readonly printed: string;
}

interface PreviewRequest {
  readonly pulumi: string;
  readonly stack: string;
  /** Ports of the providers, by package. */
  readonly providers: Readonly<Record<string, number>>;
  /** Outputs of the stacks that this one refers to, by stack. */
  readonly referred: Readonly<Record<string, object>>;
  readonly policyPack: string;
}

/** Previews a stack of this project with the real engine, on an empty state in a directory of its own. */
export async function pulumiPreview(request: PreviewRequest): Promise<EnginePreview> {
  const directory = mkdtempSync(join(tmpdir(), "part-lens-engine-"));
  makeProject(directory);
  const attached = Object.entries(request.providers).map(([name, port]) => `${name}:${port}`);
  const environment = {
    ...process.env,
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: `file://${directory}`,
    PULUMI_CONFIG_PASSPHRASE: "of a test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DEBUG_PROVIDERS: attached.join(","),
  };
  const run = (stack: string, args: string[]) =>
    ran(request.pulumi, [...args, "--stack", stack, "--non-interactive"], directory, environment);
  try {
    for (const [stack, outputs] of Object.entries(request.referred)) {
      await run(stack, ["stack", "init"]);
      await run(stack, ["stack", "import", "--file", checkpointFile(directory, stack, outputs)]);
    }
    await run(request.stack, ["stack", "init"]);
    const pack = ["--policy-pack", resolve(request.policyPack)];
    const { exitCode, out, printed } = await run(request.stack, ["preview", "--json", ...pack]);
    const { steps = [] } = JSON.parse(out.slice(out.indexOf("{")) || "{}") as { steps?: EngineStep[] };
    return { exitCode, steps, printed };
  } finally {
    rmSync(directory, { recursive: true });
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

/** The state of a stack that has nothing but its outputs. */
function checkpointFile(directory: string, stack: string, outputs: object): string {
  const type = "pulumi:pulumi:Stack";
  const urn = `urn:pulumi:${stack}::part-lens::${type}::part-lens-${stack}`;
  const manifest = { time: new Date(0).toISOString(), magic: "", version: "" };
  const deployment = { manifest, resources: [{ urn, type, custom: false, outputs }] };
  const file = join(directory, `${stack}.json`);
  writeFileSync(file, JSON.stringify({ version: 3, deployment }));
  return file;
}

function ran(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ exitCode: number | null; out: string; printed: string }>((resolve, reject) => {
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
    child.once("close", (exitCode) => resolve({ exitCode, out, printed }));
  });
}
