import { z } from "zod";
import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import type { IntegrationUpdates } from "./integration-updates.ts";

const integrationPath = /^\/v2\/apis\/(\w+)\/integrations\/(\w+)$/;
const updateInput = z.strictObject({ integrationUri: z.string().startsWith("arn:") });

/** API Gateway's REST protocol for HTTP APIs: UpdateIntegration, of where it points and of nothing else. */
export class ApiGatewayEndpoint implements EndpointProtocol {
  readonly service = "apigateway";
  readonly #updates: IntegrationUpdates;

  constructor(updates: IntegrationUpdates) {
    this.#updates = updates;
  }

  async answer({ method, path, body }: SignedRequest): Promise<EndpointAnswer> {
    const [, apiId, integrationId] = (method === "PATCH" && integrationPath.exec(path)) || [];
    if (!apiId || !integrationId)
      throw new AwsError("NotImplemented", `API Gateway operation ${method} ${path} is not simulated`, 501);
    const { integrationUri } = updateInput.parse(JSON.parse(Buffer.from(body).toString()));
    this.#updates.update(apiId, integrationId, integrationUri);
    return jsonAnswer(200, { apiId, integrationId, integrationType: "AWS_PROXY", integrationUri });
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { message: error.message }, { "x-amzn-errortype": error.code });
  }
}
