import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BundleName, bundle } from "../../infra/api/bundle.ts";
import type { AwsCall } from "./aws-call.ts";
import type { Emulator } from "./emulator.ts";

export interface FunctionArgs {
  /** The ARN of its role. */
  readonly role: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Default: the bundle's name. */
  readonly name?: string;
  /** Default: `handler`. */
  readonly handler?: string;
}

/** Makes a function of one of our bundles; its ARN. */
export async function makeFunction(
  { call, emulator }: { readonly call: AwsCall; readonly emulator: Emulator },
  from: BundleName,
  { role, variables, name = from, handler = "handler" }: FunctionArgs,
): Promise<string> {
  const { archive } = await bundle(from);
  const answer = await call.lambda("/2015-03-31/functions", {
    FunctionName: name,
    Runtime: "nodejs24.x",
    Role: role,
    Handler: `index.${handler}`,
    Timeout: 60,
    Code: { ZipFile: zipped(emulator.python, String(await archive.path)) },
    // The second is Lambda's own business, which the emulator leaves out.
    Environment: {
      Variables: {
        ...variables,
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      },
    },
  });
  return (JSON.parse(answer) as { FunctionArn: string }).FunctionArn;
}

/** The bundle as Lambda takes it: zipped, base64. */
function zipped(python: string, directory: string): string {
  const aside = mkdtempSync(join(tmpdir(), "part-lens-zip-"));
  try {
    const file = join(aside, "code.zip");
    execFileSync(python, ["-m", "zipfile", "-c", file, "."], { cwd: directory });
    return readFileSync(file).toString("base64");
  } finally {
    rmSync(aside, { recursive: true });
  }
}
