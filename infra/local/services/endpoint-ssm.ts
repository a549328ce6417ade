import { z } from "zod";
import { arnOf } from "./arn.ts";
import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import type { Parameter, ParameterStore } from "./parameter-store.ts";

/** Who has the host's own credentials. */
const administrator = arnOf("iam", "", "user/administrator");

const getInput = z.object({ Name: z.string() });
const pathInput = z.object({ Path: z.string().startsWith("/"), Recursive: z.boolean().default(false) });
const putInput = z.object({
  Name: z.string(),
  Value: z.string(),
  Type: z.enum(["String", "StringList", "SecureString"]).optional(),
  Overwrite: z.boolean().optional(),
});

/**
 * SSM's JSON 1.1 protocol: GetParameter, GetParametersByPath (one page), PutParameter, and GetParameterHistory, which
 * here knows the last version alone.
 */
export class SsmEndpoint implements EndpointProtocol {
  readonly service = "ssm";
  readonly #parameters: ParameterStore;

  constructor(parameters: ParameterStore) {
    this.#parameters = parameters;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const operation = request.headers["x-amz-target"]?.split(".")[1];
    const input: unknown = JSON.parse(Buffer.from(request.body).toString() || "{}");
    if (operation === "GetParameter") return this.#get(getInput.parse(input).Name);
    if (operation === "GetParameterHistory") {
      const last = this.#found(getInput.parse(input).Name);
      return jsonAnswer(200, { Parameters: [{ ...shown(last), LastModifiedUser: last.modifiedBy }] });
    }
    if (operation === "GetParametersByPath") {
      const { Path, Recursive } = pathInput.parse(input);
      return jsonAnswer(200, { Parameters: this.#parameters.getByPath(Path, Recursive).map(shown) });
    }
    if (operation === "PutParameter") {
      const { Name, Value, Type, Overwrite } = putInput.parse(input);
      const modifiedBy = request.session.role ?? administrator;
      const wanted = { name: Name, value: Value, type: Type, overwrite: Overwrite, modifiedBy };
      return jsonAnswer(200, { Version: this.#parameters.put(wanted), Tier: "Standard" });
    }
    throw new AwsError("NotImplemented", `SSM operation ${operation} is not simulated`, 501);
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { __type: error.code, message: error.message });
  }

  #get(name: string): EndpointAnswer {
    return jsonAnswer(200, { Parameter: shown(this.#found(name)) });
  }

  #found(name: string): Parameter {
    const parameter = this.#parameters.get(name);
    if (!parameter) throw new AwsError("ParameterNotFound", `no parameter ${name}`);
    return parameter;
  }
}

function shown(parameter: Parameter): object {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modifiedAt / 1000,
    ARN: parameter.arn,
    DataType: "text",
  };
}
