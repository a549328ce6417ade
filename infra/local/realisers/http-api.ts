import { planAccount } from "../../preview/invokes.ts";
import type { Properties, Realiser, Wanted } from "../realiser.ts";
import type { HttpApiService } from "../services/http-api-service.ts";

/** aws:apigatewayv2/api:Api as a port of 127.0.0.1; `apiEndpoint` is its address. */
export function httpApi(service: HttpApiService, region: string): Realiser {
  const put = async ({ inputs, name }: Wanted): Promise<Properties> => {
    const { id, port } = await service.createApi(String(inputs.name ?? name));
    return {
      id,
      arn: `arn:aws:apigateway:${region}::/apis/${id}`,
      apiEndpoint: `http://127.0.0.1:${port}`,
      executionArn: `arn:aws:execute-api:${region}:${planAccount}:${id}`,
      name: inputs.name ?? name,
    };
  };
  return {
    types: ["aws:apigatewayv2/api:Api"],
    replaceOn: ["name", "protocolType"],
    create: put,
    update: put,
    delete: (old) => service.deleteApi(String(old.outputs.id)),
  };
}
