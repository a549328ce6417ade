import type { Properties, Realiser, Wanted } from "../realiser.ts";
import { functionArn, functionOf, invokeArn } from "../services/function-arn.ts";
import type { FunctionRuntime } from "../services/function-runtime.ts";

/** aws:lambda/alias:Alias. Moving it moves the ports that serve it, without losing a request. */
export function lambdaAlias(
  runtime: Pick<FunctionRuntime, "setAlias" | "removeAlias">,
  region: string,
): Realiser {
  const put = async ({ inputs, name }: Wanted): Promise<Properties> => {
    const alias = String(inputs.name ?? name);
    const { name: functionName } = functionOf(String(inputs.functionName));
    await runtime.setAlias(functionName, alias, String(inputs.functionVersion));
    const arn = functionArn(region, functionName, alias);
    return { id: arn, arn, name: alias, functionName, invokeArn: invokeArn(region, functionName, alias) };
  };
  return {
    types: ["aws:lambda/alias:Alias"],
    replaceOn: ["name", "functionName"],
    create: put,
    update: put,
    delete: (old) => runtime.removeAlias(String(old.outputs.functionName), String(old.outputs.name)),
  };
}
