import { resolve } from "node:path";
import type { PlannedAsset } from "../../preview/archive.ts";
import type { Properties, Realiser, Wanted } from "../realiser.ts";
import { functionArn, invokeArn } from "../services/function-arn.ts";
import type { FunctionDefinition } from "../services/function-registry.ts";
import type { FunctionRuntime } from "../services/function-runtime.ts";

const defaults = { timeoutSeconds: 3, memory: 128 } as const;

function definitionOf({ inputs, name }: Wanted): FunctionDefinition {
  const code = inputs.code as PlannedAsset | undefined;
  if (!code?.$archive || code.assets) {
    throw new Error(`the code of ${name} must be a FileArchive of a directory: that is what runs here`);
  }
  const { variables = {} } = (inputs.environment ?? {}) as { variables?: Record<string, unknown> };
  return {
    bundleDirectory: resolve(code.$archive),
    handler: String(inputs.handler),
    environment: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    timeoutSeconds: Number(inputs.timeout ?? defaults.timeoutSeconds),
    memory: Number(inputs.memorySize ?? defaults.memory),
  };
}

function physicalName({ inputs, name }: Wanted): string {
  return String(inputs.name ?? name);
}

/** aws:lambda/function:Function as a function of the local runtime; each change publishes a version. */
export function lambdaFunction(
  runtime: Pick<FunctionRuntime, "define" | "remove">,
  region: string,
): Realiser {
  const put = async (wanted: Wanted): Promise<Properties> => {
    const name = physicalName(wanted);
    const { version, codeHash } = await runtime.define(name, definitionOf(wanted));
    const published = wanted.inputs.publish === true ? version : "$LATEST";
    return {
      id: name,
      name,
      arn: functionArn(region, name),
      invokeArn: invokeArn(region, name),
      version: published,
      qualifiedArn: functionArn(region, name, published),
      qualifiedInvokeArn: invokeArn(region, name, published),
      codeSha256: Buffer.from(codeHash, "hex").toString("base64"),
    };
  };
  return {
    types: ["aws:lambda/function:Function"],
    replaceOn: ["name"],
    create: put,
    update: put,
    delete: (old) => runtime.remove(String(old.outputs.id)),
  };
}
