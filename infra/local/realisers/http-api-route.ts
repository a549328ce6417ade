import type { Properties, Realiser, Wanted } from "../realiser.ts";
import type { HttpApiService } from "../services/http-api-service.ts";

/** aws:apigatewayv2/route:Route; only `$default` is served. */
export function httpApiRoute(service: HttpApiService): Realiser {
  const put = async ({ inputs, name }: Wanted): Promise<Properties> => {
    const route = {
      apiId: String(inputs.apiId),
      routeKey: String(inputs.routeKey),
      target: String(inputs.target),
    };
    return { id: await service.putRoute(name, route), apiId: route.apiId };
  };
  return {
    types: ["aws:apigatewayv2/route:Route"],
    replaceOn: ["apiId"],
    create: put,
    update: put,
    delete: (old) => service.deleteRoute(String(old.outputs.id)),
  };
}
