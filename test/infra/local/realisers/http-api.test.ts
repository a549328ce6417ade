import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalHost } from "../../../../infra/local/host.ts";
import { httpApi } from "../../../../infra/local/realisers/http-api.ts";
import { httpApiIntegration } from "../../../../infra/local/realisers/http-api-integration.ts";
import { httpApiRoute } from "../../../../infra/local/realisers/http-api-route.ts";
import { httpApiStage } from "../../../../infra/local/realisers/http-api-stage.ts";
import { lambdaAlias } from "../../../../infra/local/realisers/lambda-alias.ts";
import { lambdaFunction } from "../../../../infra/local/realisers/lambda-function.ts";
import { lambdaInvocation } from "../../../../infra/local/realisers/lambda-invocation.ts";
import { lambdaPermission } from "../../../../infra/local/realisers/lambda-permission.ts";
import { FunctionRuntime } from "../../../../infra/local/services/function-runtime.ts";
import { HttpApiService } from "../../../../infra/local/services/http-api-service.ts";

const region = "eu-central-1";
const stack = "test-service";
let directory: string;
let runtime: FunctionRuntime;
let service: HttpApiService;
let host: LocalHost;

function open(): void {
  runtime = new FunctionRuntime({ directory: join(directory, "functions"), region, injected: {} });
  service = new HttpApiService({ directory, runtime });
  const realisers = [
    lambdaFunction(runtime, region),
    lambdaAlias(runtime, region),
    lambdaPermission(),
    lambdaInvocation(runtime),
    httpApi(service, region),
    httpApiIntegration(service),
    httpApiRoute(service),
    httpApiStage(service, region),
  ];
  host = new LocalHost({ directory, realisers, region });
}

function bundle(label: string): string {
  const path = join(directory, label);
  mkdirSync(path, { recursive: true });
  const code = `export const handler = async (event, { invokedFunctionArn, functionVersion }) =>
    event.fail ? Promise.reject(new Error("refused")) : ({ label: "${label}", functionVersion,
      who: process.env.WHO, qualifier: invokedFunctionArn.split(":")[7] ?? null, ran: event.run });`;
  writeFileSync(join(path, "index.mjs"), code);
  return path;
}

/** The shape of the service layer: a function behind an alias behind an HTTP API, and a run of it. */
const program =
  (label: string, event: object = { run: 1 }) =>
  async () => {
    const code = new pulumi.asset.FileArchive(bundle(label));
    const inputs = {
      name: "part-lens-api",
      role: "arn:aws:iam::0:role/r",
      handler: "index.handler",
      publish: true,
    };
    const api = new aws.lambda.Function("api", {
      ...inputs,
      code,
      environment: { variables: { WHO: "me" } },
    });
    const alias = new aws.lambda.Alias("live", {
      name: "live",
      functionName: api.name,
      functionVersion: api.version,
    });
    const run = new aws.lambda.Invocation("run", {
      functionName: api.name,
      qualifier: api.version,
      input: JSON.stringify(event),
    });
    const http = new aws.apigatewayv2.Api("http", { name: "part-lens", protocolType: "HTTP" });
    const integration = new aws.apigatewayv2.Integration("http", {
      apiId: http.id,
      integrationType: "AWS_PROXY",
      integrationUri: alias.invokeArn,
    });
    const target = pulumi.interpolate`integrations/${integration.id}`;
    new aws.apigatewayv2.Route("http", { apiId: http.id, routeKey: "$default", target });
    new aws.apigatewayv2.Stage("http", { apiId: http.id, name: "$default", autoDeploy: true });
    return { url: http.apiEndpoint, result: run.result, integration: integration.id };
  };

const answerOf = async (url: unknown) => (await fetch(`${url}/`)).json();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "http-api-"));
  open();
});

afterEach(async () => {
  await runtime.close();
  rmSync(directory, { recursive: true });
});

describe("a function behind an HTTP API", () => {
  test("is served at the API's address and invoked by the stack, and new code moves both", async () => {
    const first = await host.update(stack, program("one"), {});
    expect(first.notSimulated).toEqual([]);
    expect(JSON.parse(String(first.outputs.result))).toMatchObject({ label: "one", ran: 1, who: "me" });
    expect(await answerOf(first.outputs.url)).toMatchObject({
      label: "one",
      functionVersion: "1",
      qualifier: "live",
    });
    const second = await host.update(stack, program("two"), {});
    const touched = second.steps
      .filter(({ step }) => step !== "same")
      .map(({ step, name }) => `${step} ${name}`);
    expect(touched.sort()).toEqual(["replace run", "update api", "update live"]);
    expect(second.outputs.url).toBe(first.outputs.url);
    expect(await answerOf(second.outputs.url)).toMatchObject({ label: "two", functionVersion: "2" });
  });

  test("can be pointed at another alias without an update of the stack", async () => {
    const { outputs } = await host.update(stack, program("one"), {});
    await runtime.setAlias("part-lens-api", "v1only", "1");
    await service.point(String(outputs.integration), "arn:aws:lambda:r:0:function:part-lens-api:v1only");
    expect(await answerOf(outputs.url)).toMatchObject({ qualifier: "v1only" });
  });

  test("is served again on its port after the process ended, and no longer after destroy", async () => {
    const { outputs } = await host.update(stack, program("one"), {});
    await runtime.close();
    open();
    await service.resume();
    expect(await answerOf(outputs.url)).toMatchObject({ label: "one" });
    await host.destroy(stack);
    await expect(answerOf(outputs.url)).rejects.toThrow();
  });

  test("an invocation whose function fails fails the update", async () => {
    await expect(host.update(stack, program("one", { fail: true }), {})).rejects.toThrow(
      /aws:lambda\/invocation:Invocation run: function part-lens-api failed: .*refused/,
    );
  });
});
