import type { Properties, Realiser, Wanted } from "../realiser.ts";
import type { HttpApiService } from "../services/http-api-service.ts";

/** aws:apigatewayv2/integration:Integration: which function or alias answers. */
export function httpApiIntegration(service: HttpApiService): Realiser {
  const put = async ({ inputs, name }: Wanted): Promise<Properties> => {
    const integration = { apiId: String(inputs.apiId), uri: String(inputs.integrationUri) };
    return { id: await service.putIntegration(name, integration), apiId: integration.apiId };
  };
  return {
    types: ["aws:apigatewayv2/integration:Integration"],
    replaceOn: ["apiId"],
    create: put,
    update: put,
    delete: (old) => service.deleteIntegration(String(old.outputs.id)),
  };
}
