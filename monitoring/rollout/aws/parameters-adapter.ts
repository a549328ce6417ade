import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { attempt } from "../../attempt.ts";
import { parameterPath } from "../projection.ts";
import type { ParameterPlace } from "../recorder.ts";
import { type ServiceFacts, serviceFacts, serviceParameter } from "./service-facts.ts";

/** The service layer has never been brought up there, or not by this account and region. */
export class ServiceUnknownError extends Error {
  override readonly name = "ServiceUnknownError";

  constructor(environment: string, options?: ErrorOptions) {
    super(
      `the parameter ${serviceParameter(environment)} is missing: the service layer of ${environment} is not up in the ` +
        "account and region of these AWS credentials, or is older than the parameter",
      options,
    );
  }
}

/** SSM's parameters of the rollout. Throws what the SDK throws. */
export function parameterStore(environment: string, client: Pick<SSMClient, "send">): ParameterPlace {
  return {
    async read() {
      const found: [string, string][] = [];
      for (let token: string | undefined, more = true; more; ) {
        const page = await client.send(
          new GetParametersByPathCommand({
            Path: parameterPath(environment),
            Recursive: true,
            NextToken: token,
          }),
        );
        for (const { Name, Value } of page.Parameters ?? []) if (Name) found.push([Name, Value ?? ""]);
        token = page.NextToken;
        more = token !== undefined;
      }
      return Object.fromEntries(found);
    },
    async write(name, value) {
      // A cohort of many yachts is larger than the 4 kB that a standard parameter takes.
      const put = new PutParameterCommand({
        Name: name,
        Value: value,
        Type: "String",
        Overwrite: true,
        Tier: "Intelligent-Tiering",
      });
      await attempt(3, 500, () => client.send(put));
    },
    async writer(Name) {
      let last: string | undefined;
      // The oldest version first, a hundred of them at most. Source: Parameter Store, "Parameter versions".
      for (let token: string | undefined, more = true; more; ) {
        const page = await client.send(new GetParameterHistoryCommand({ Name, NextToken: token }));
        last = page.Parameters?.at(-1)?.LastModifiedUser ?? last;
        token = page.NextToken;
        more = token !== undefined;
      }
      return last;
    },
  };
}

/** Throws ServiceUnknownError, and what the SDK throws. */
export async function readServiceFacts(
  environment: string,
  client: Pick<SSMClient, "send">,
): Promise<ServiceFacts> {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: serviceParameter(environment) }));
    return serviceFacts(Parameter?.Value ?? "");
  } catch (error) {
    throw error instanceof ParameterNotFound ? new ServiceUnknownError(environment, { cause: error }) : error;
  }
}
