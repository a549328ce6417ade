import { planAccount } from "../../preview/invokes.ts";
import type { Properties, Realiser, Wanted } from "../realiser.ts";
import type { HttpApiService } from "../services/http-api-service.ts";

/** aws:apigatewayv2/stage:Stage; only `$default` is served. Throttles and access logs are not simulated. */
export function httpApiStage(service: HttpApiService, region: string): Realiser {
  const put = async ({ inputs, name }: Wanted): Promise<Properties> => {
    const [apiId, stage] = [String(inputs.apiId), String(inputs.name ?? name)];
    await service.putStage(apiId, stage);
    return {
      id: stage,
      name: stage,
      apiId,
      arn: `arn:aws:apigateway:${region}::/apis/${apiId}/stages/${stage}`,
      executionArn: `arn:aws:execute-api:${region}:${planAccount}:${apiId}/${stage}`,
      invokeUrl: `http://127.0.0.1:${service.portOf(apiId)}/`,
      deploymentId: "local",
    };
  };
  return {
    types: ["aws:apigatewayv2/stage:Stage"],
    replaceOn: ["apiId", "name"],
    create: put,
    update: put,
    delete: (old) => service.deleteStage(String(old.outputs.apiId)),
  };
}
