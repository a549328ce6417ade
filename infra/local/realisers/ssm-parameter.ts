import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import type { ParameterStore } from "../services/parameter-store.ts";

const parameter = z
  .object({
    name: z.string(),
    type: z.enum(["String", "StringList", "SecureString"]),
    value: z.string().optional(),
    insecureValue: z.string().optional(),
  })
  .transform(({ insecureValue, value, ...rest }) => ({ ...rest, value: value ?? insecureValue ?? "" }));

/** SSM parameters. A parameter that is there already (a killed update) is taken over, with what others wrote in it. */
export function ssmParameter(parameters: ParameterStore): Realiser {
  const outputsOf = (inputs: Properties, name: string): Properties => {
    const { arn, version, value } = parameters.get(name) ?? {};
    return { ...inputs, name, arn, version, value, id: name };
  };
  return {
    types: ["aws:ssm/parameter:Parameter"],
    replaceOn: ["name"],
    create: async ({ name, inputs }) => {
      const wanted = parameter.parse({ ...inputs, name: inputs.name ?? `/${name}` });
      if (!parameters.get(wanted.name)) parameters.put(wanted);
      return outputsOf(inputs, wanted.name);
    },
    update: async ({ inputs }, { outputs }) => {
      const wanted = parameter.parse({ ...inputs, name: outputs.name });
      parameters.put({ ...wanted, overwrite: true });
      return outputsOf(inputs, wanted.name);
    },
    delete: async ({ outputs }) => parameters.delete(String(outputs.name)),
  };
}
