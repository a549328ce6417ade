import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../infra/local/services/free-port.ts";

/** The emulator's one account, and the region of everything in the tests. */
export const account = "000000000000";
export const region = "eu-west-1";

/** The emulator's administrator, known to all: it listens on this machine only. */
export const administrator = { accessKeyId: "test", secretAccessKey: "test" } as const;

const judging = fileURLToPath(new URL("judging-emulator.py", import.meta.url));
const readyMilliseconds = 120_000;
const attempts = 3;
const keptCharacters = 8000;

/** A running emulator of AWS, with every IAM check on. */
export interface Emulator {
  /** The Python that it runs in. */
  readonly python: string;
  readonly endpoint: string;
  /** What an SDK client or a function needs to call it as its administrator. */
  readonly variables: Readonly<Record<string, string>>;
  /** The end of its log, for a test that failed. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts the emulator on a free port; `judgements` is a file to which it adds each judgement of IAM, as
 * judging-emulator.py says. Rejects with its last words when it does not get ready.
 */
export async function startEmulator(python: string, judgements?: string): Promise<Emulator> {
  const directory = mkdtempSync(join(tmpdir(), "part-lens-emulator-"));
  let failure: unknown;
  // Somebody may take the port between the search and the start.
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      return await start(python, directory, await freePort(), judgements);
    } catch (error) {
      failure = error;
    }
  }
  rmSync(directory, { recursive: true, force: true });
  throw failure;
}

async function start(
  python: string,
  directory: string,
  port: number,
  judgements: string | undefined,
): Promise<Emulator> {
  const child = spawn(python, judgements ? ["-B", judging, judgements] : ["-m", "ministack"], {
    cwd: directory,
    env: emulatorVariables(directory, port),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const endpoint = `http://127.0.0.1:${port}`;
  const end = async () => {
    process.off("exit", endWithUs);
    await ended(child);
  };
  const log = logOf(child);
  await ready(child, endpoint, log).catch(async (error) => {
    await end();
    throw error;
  });
  return {
    python,
    endpoint,
    variables: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    },
    log,
    async stop() {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Nothing of this process's own AWS settings; its Node comes first, because functions run in it. */
function emulatorVariables(directory: string, port: number): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: directory,
    TMPDIR: directory,
    // Without it every IAM check passes.
    AUTH: "true",
    BIND_HOST: "127.0.0.1",
    MINISTACK_HOST: "127.0.0.1",
    GATEWAY_PORT: `${port}`,
    MINISTACK_REGION: region,
    LAMBDA_EXECUTOR: "local",
    // Both would listen on all interfaces.
    IOT_MTLS_ENABLED: "0",
    SFTP_ENABLED: "0",
    S3_DATA_DIR: join(directory, "s3"),
    STATE_DIR: join(directory, "state"),
  };
}

/** The last characters that it said. */
function logOf(child: ChildProcess): () => string {
  let said = "";
  const keep = (bytes: unknown) => {
    said = `${said}${bytes}`.slice(-keptCharacters);
  };
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", keep);
  child.once("error", keep);
  return () => said;
}

async function ready(child: ChildProcess, endpoint: string, log: () => string): Promise<void> {
  const until = Date.now() + readyMilliseconds;
  while (Date.now() < until && child.exitCode === null && child.pid !== undefined) {
    const answer = await fetch(`${endpoint}/_ministack/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the emulator did not get ready: ${log()}`);
}

/** It ends its functions itself when it is asked to end; one that does not end in a minute is not asked any more. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 60_000);
  await exit;
  clearTimeout(impatience);
}
