import { PublishCommand } from "@aws-sdk/client-sns";
import { GetParameterCommand, ParameterNotFound, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { awsPinPorts } from "../../monitoring/pin-adapters.ts";
import { pinEnv } from "../../monitoring/pin-env.ts";

const pinnedUri =
  "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:api:v1only/invocations";
const env = pinEnv({
  STACK_ENVIRONMENT: "local",
  INTEGRATION: "api1/int1",
  PINNED_URI: pinnedUri,
  API_URL: "http://127.0.0.1:1/",
  NOTIFY_TOPIC: "arn:topic",
  PIN_PARAMETER: "/part-lens/local/rollout/pin",
  CODE_PARAMETER: "/part-lens/local/rollout/code",
  API_FUNCTION: "part-lens-local-api",
  API_ALIASES: "v1only,live",
  ALARM_PREFIX: "part-lens-local-",
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIA",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "token",
});

/** AWS as far as the pin sees it. API Gateway gives the answers in turn, the last one for good. */
function world(
  answers: readonly (readonly [status: number, body: object] | "unreachable")[],
  parameter?: string | Error,
) {
  const asked: Request[] = [];
  const published: object[] = [];
  const state = { parameter, left: [...answers] };
  const fetch = async (url: URL | string, init: RequestInit) => {
    asked.push(new Request(url, init));
    const answer = state.left.length > 1 ? state.left.shift()! : state.left[0]!;
    if (answer === "unreachable") throw new TypeError("fetch failed");
    return new Response(JSON.stringify(answer[1]), { status: answer[0] });
  };
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof GetParameterCommand) {
      if (state.parameter instanceof Error) throw state.parameter;
      return { Parameter: { Value: state.parameter } };
    }
    if (command instanceof PublishCommand) published.push(command.input);
    if (command instanceof PutParameterCommand) state.parameter = command.input.Value;
    return { MessageId: command instanceof PublishCommand ? "m-1" : undefined };
  };
  const clients = { parameters: { send }, topics: { send }, fetch, pauseMilliseconds: 0 };
  return { asked, published, state, ports: awsPinPorts(env, clients as never) };
}

const pointed = [200, { integrationUri: pinnedUri }] as const;

describe("pointing", () => {
  it("is one signed PATCH of that integration in that region", async () => {
    const { ports, asked } = world([pointed]);
    expect(await ports.point()).toBe("points at api:v1only");
    expect(asked).toHaveLength(1);
    const [request] = asked as [Request];
    expect([request.method, request.url]).toEqual([
      "PATCH",
      "https://apigateway.eu-west-1.amazonaws.com/v2/apis/api1/integrations/int1",
    ]);
    expect(await request.json()).toEqual({ integrationUri: pinnedUri });
    expect(request.headers.get("authorization")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-west-1\/apigateway\/aws4_request, /,
    );
    expect(request.headers.get("x-amz-security-token")).toBe("token");
  });

  it.each([
    ["throttles", [429, {}]],
    ["is broken", [503, {}]],
    ["is not reached", "unreachable"],
  ] as const)("asks again where API Gateway %s", async (_, answer) => {
    const { ports, asked } = world([answer, pointed]);
    await ports.point();
    expect(asked).toHaveLength(2);
  });

  it("gives up at once where it is denied, and says what API Gateway said", async () => {
    const { ports, asked } = world([[403, { message: "not allowed" }]]);
    await expect(ports.point()).rejects.toThrow('API Gateway answered 403 {"message":"not allowed"}');
    expect(asked).toHaveLength(1);
  });

  it("fails where the integration points elsewhere afterwards", async () => {
    const { ports } = world([[200, { integrationUri: "arn:other" }]]);
    await expect(ports.point()).rejects.toThrow("points at arn:other");
  });
});

describe("the record", () => {
  const by = "pin-serverErrors-20261123T120000000Z";
  const pin = {
    pinned: true,
    cause: "serverErrors",
    at: "2026-11-23T12:01:00.000Z",
    told: false,
    by,
  } as const;

  it.each([undefined, '{"pinned":false}', "not json"])("is written over %j", async (before) => {
    const { ports, state } = world([pointed], before);
    expect(await ports.record(pin)).toBe("recorded");
    expect(JSON.parse(String(state.parameter))).toEqual(pin);
  });

  it("keeps the first cause", async () => {
    const first = JSON.stringify({ ...pin, cause: "rlsLeak" });
    const { ports, state } = world([pointed], first);
    expect(await ports.record(pin)).toBe("recorded before, by rlsLeak");
    expect(state.parameter).toBe(first);
  });
});

describe("the code", () => {
  const record = (more: object = {}) =>
    JSON.stringify({
      ...{ live: 5, hash: "h", held: false, at: "2026-11-23T12:01:00.000Z", actor: "ada", stamps: [] },
      ...more,
    });
  const moved = [200, { FunctionVersion: "3" }] as const;

  it("is put back behind both aliases, the one that answers now first", async () => {
    const { ports, asked } = world([moved], record({ lastKnownGood: 3 }));
    expect(await ports.putCodeBack()).toEqual({ version: 3, detail: "v1only and live are at version 3" });
    const base = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/part-lens-local-api/aliases";
    expect(asked.map(({ method, url }) => [method, url])).toEqual([
      ["PUT", `${base}/v1only`],
      ["PUT", `${base}/live`],
    ]);
    expect(await asked[0]!.json()).toEqual({ FunctionVersion: "3" });
    expect(asked[0]!.headers.get("authorization")).toContain("/eu-west-1/lambda/aws4_request, ");
  });

  it("is asked for again where Lambda is changed by somebody else, and not where it is denied", async () => {
    const busy = world([[409, {}], moved], record({ lastKnownGood: 3 }));
    await busy.ports.putCodeBack();
    expect(busy.asked).toHaveLength(3);
    const denied = world([[403, { message: "no" }]], record({ lastKnownGood: 3 }));
    await expect(denied.ports.putCodeBack()).rejects.toThrow(
      'Lambda answered 403 for the alias v1only: {"message":"no"}',
    );
    expect(denied.asked).toHaveLength(1);
  });

  it("stays where no version is known to be good, or nothing is recorded", async () => {
    const { ports, asked } = world([moved], record());
    expect(await ports.putCodeBack()).toEqual({ detail: "no version is recorded as last known-good" });
    expect(asked).toEqual([]);
    const none = world([moved], new ParameterNotFound({ message: "none", $metadata: {} }));
    expect(await none.ports.putCodeBack()).toEqual({ detail: "no version is recorded as last known-good" });
    await expect(world([moved], "{}").ports.putCodeBack()).rejects.toThrow();
  });
});

it("reads v1's health as it is, also where v1 is ill", async () => {
  const { ports } = world([[503, { code: "dependency_unavailable" }]]);
  expect(await ports.health()).toEqual({ code: "dependency_unavailable" });
});

describe("telling people", () => {
  const message = {
    subject: "s",
    body: "b",
    severity: "critical",
    mode: "rollback",
    incident: "2026-11-23T12:00:00.000Z",
    transition: "pin-rlsLeak-20261123T120000000Z",
  } as const;
  const pin = { pinned: true, cause: "rlsLeak", at: "2026-11-23T12:01:00.000Z", told: false };

  it("carries what subscriptions filter by, and then records that they know", async () => {
    const { ports, published, state } = world([pointed], JSON.stringify(pin));
    expect(await ports.notify(message)).toBe("message m-1");
    expect(published).toMatchObject([
      {
        TopicArn: "arn:topic",
        Subject: "s",
        Message: "b",
        MessageAttributes: { severity: { StringValue: "critical" }, way: { StringValue: "pin" } },
      },
    ]);
    expect(JSON.parse(String(state.parameter))).toEqual({ ...pin, told: true });
  });

  it("leaves the record of a pin that was taken back as it is", async () => {
    const { ports, state } = world([pointed], '{"pinned":false}');
    await ports.notify(message);
    expect(state.parameter).toBe('{"pinned":false}');
  });
});

it("names every variable that is missing or wrong in one message", () => {
  expect(() => pinEnv({ INTEGRATION: "api1", PINNED_URI: "live" })).toThrow(
    /STACK_ENVIRONMENT.*INTEGRATION: must be.*PINNED_URI.*API_URL.*NOTIFY_TOPIC.*PIN_PARAMETER.*CODE_PARAMETER.*API_FUNCTION.*API_ALIASES.*ALARM_PREFIX.*AWS_REGION/,
  );
});
