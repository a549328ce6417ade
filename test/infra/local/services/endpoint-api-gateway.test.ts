import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { ApiGatewayEndpoint } from "../../../../infra/local/services/endpoint-api-gateway.ts";
import { invokeArn } from "../../../../infra/local/services/function-arn.ts";
import type { FunctionRuntime } from "../../../../infra/local/services/function-runtime.ts";
import { HttpApiService } from "../../../../infra/local/services/http-api-service.ts";
import { IntegrationUpdates, type Pointed } from "../../../../infra/local/services/integration-updates.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { roleArn } from "../../../../infra/local/services/session-service.ts";
import { updateIntegration } from "../../../../monitoring/integration-call.ts";
import type { Caller } from "../../../../monitoring/signed-call.ts";

const region = "eu-central-1";
const directory = mkdtempSync(join(tmpdir(), "api-gateway-"));
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const aws = new LocalAws({ clock, directory, region, invoke: async () => undefined });
const served: string[] = [];
const runtime = {
  serve: async (name: string, qualifier: string) => void served.push(`${name}:${qualifier}`),
  stopServing: async () => undefined,
} as unknown as FunctionRuntime;
const httpApis = new HttpApiService({ directory, runtime });
const updates = new IntegrationUpdates({ clock, httpApis });
const seen: Pointed[] = [];
const [live, v1only] = ["live", "v1only"].map((alias) => invokeArn(region, "api", alias)) as [string, string];

let endpoint: string;
let apiId: string;
let integrationId: string;

beforeAll(async () => {
  aws.endpoint.add(new ApiGatewayEndpoint(updates));
  updates.onPointed((pointed) => seen.push(pointed));
  endpoint = await aws.start();
  apiId = (await httpApis.createApi("api")).id;
  integrationId = await httpApis.putIntegration("api", { apiId, uri: live });
  await httpApis.putRoute("api", { apiId, routeKey: "$default", target: `integrations/${integrationId}` });
  await httpApis.putStage(apiId, "$default");
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

const caller = (credentials: Caller["credentials"] = aws.sessions.administrator): Caller => ({
  region,
  endpoint,
  credentials,
  fetch,
});
const point = (integrationUri: string, by = caller()) =>
  updateIntegration({ apiId, integrationId, integrationUri }, by);

describe("UpdateIntegration at the local endpoint", () => {
  it("is answered at once and in force 10 s later", async () => {
    expect(served.at(-1)).toBe("api:live");
    const asked = clock.now();
    expect(await point(v1only)).toBe(v1only);
    await clock.advance(9_999);
    expect(served.at(-1)).toBe("api:live");
    await clock.advance(1);
    expect(served.at(-1)).toBe("api:v1only");
    expect(seen).toEqual([{ integrationId, uri: v1only, at: asked + 10_000 }]);
  });

  it("refuses a call that is not signed with a known key", async () => {
    const forged = { ...aws.sessions.administrator, secretAccessKey: "forged" };
    await expect(point(live, caller(forged))).rejects.toThrow(/answered 403/);
  });

  it("refuses an integration that the API does not have", async () => {
    const update = { apiId, integrationId: "other", integrationUri: live };
    await expect(updateIntegration(update, caller())).rejects.toThrow(/answered 404 .*no integration other/);
  });

  it("refuses what points at nothing that can be invoked", async () => {
    await expect(point("https://example.com")).rejects.toThrow(/answered 400/);
  });
});

describe("a permission that is taken away", () => {
  const pin = aws.sessions.forRole(roleArn("part-lens-local-pin"));

  it("denies that service to that role alone, until it is given back", async () => {
    aws.endpoint.deny("apigateway", "part-lens-local-pin");
    await expect(point(v1only, caller(pin))).rejects.toThrow(
      /answered 403 .*part-lens-local-pin is not allowed/,
    );
    expect(await point(v1only)).toBe(v1only);
    const ssm = new SSMClient({ endpoint, region, credentials: pin, maxAttempts: 1 });
    await expect(ssm.send(new GetParameterCommand({ Name: "/none" }))).rejects.toThrow(/no parameter/);
    aws.endpoint.allow("apigateway", "part-lens-local-pin");
    expect(await point(v1only, caller(pin))).toBe(v1only);
  });
});
