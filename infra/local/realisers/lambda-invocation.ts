import type { Realiser } from "../realiser.ts";
import { functionOf } from "../services/function-arn.ts";
import type { FunctionRuntime } from "../services/function-runtime.ts";

/** aws:lambda/invocation:Invocation: runs the function once, and again at every change of its inputs. */
export function lambdaInvocation(runtime: FunctionRuntime): Realiser {
  return {
    types: ["aws:lambda/invocation:Invocation"],
    timeoutSeconds: 900,
    create: async ({ inputs }) => {
      const { name, qualifier } = functionOf(String(inputs.functionName));
      const wanted = inputs.qualifier === undefined ? qualifier : String(inputs.qualifier);
      const { payload, functionError } = await runtime.invoke(name, wanted, eventOf(inputs.input));
      if (functionError) throw new Error(`function ${name} failed: ${JSON.stringify(payload)}`);
      return { id: `${name}_${wanted ?? "$LATEST"}`, result: JSON.stringify(payload ?? null) };
    },
  };
}

/** The input is a JSON text; one that was put together as an object is taken too. */
function eventOf(input: unknown): unknown {
  return typeof input === "string" ? (JSON.parse(input) as unknown) : input;
}
