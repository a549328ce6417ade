import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const content = z.object({
  endpoint: z.url(),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
});

/** Where a running local stack answers the SDK's clients, and as whom: the administrator of this machine's stack. */
export type AwsAccess = z.infer<typeof content>;

function fileOf(stateDirectory: string): string {
  return join(stateDirectory, "aws-access.json");
}

/** For this user alone. */
export function writeAwsAccess(stateDirectory: string, access: AwsAccess): void {
  const file = fileOf(stateDirectory);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(access)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
}

export function removeAwsAccess(stateDirectory: string): void {
  rmSync(fileOf(stateDirectory), { force: true });
}

/** undefined where no stack has left any. */
export function readAwsAccess(stateDirectory: string): AwsAccess | undefined {
  try {
    return content.parse(JSON.parse(readFileSync(fileOf(stateDirectory), "utf8")));
  } catch {
    return undefined;
  }
}
