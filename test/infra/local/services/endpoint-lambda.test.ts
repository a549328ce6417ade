import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { LambdaEndpoint } from "../../../../infra/local/services/endpoint-lambda.ts";
import { freePort } from "../../../../infra/local/services/free-port.ts";
import { functionArn } from "../../../../infra/local/services/function-arn.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { type Credentials, roleArn } from "../../../../infra/local/services/session-service.ts";
import { policyDocument } from "../../../../infra/policy.ts";
import { updateAlias } from "../../../../monitoring/alias-call.ts";
import { FunctionFixture, http } from "../../../support/function-fixture.ts";

const region = "eu-central-1";
const fixture = new FunctionFixture();
const directory = join(fixture.directory, "aws");
const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
let endpoint: string;
let port: number;

beforeAll(async () => {
  aws.endpoint.add(new LambdaEndpoint({ region, runtime: fixture.runtime, sessions: aws.sessions }));
  endpoint = await aws.start();
  await fixture.define("old");
  await fixture.define("new");
  await fixture.runtime.setAlias("api", "live", "2");
  port = await freePort();
  await fixture.runtime.serve("api", "live", port);
  const may = (functionName: string) =>
    policyDocument([
      {
        Effect: "Allow",
        Action: "lambda:UpdateAlias",
        Resource: functionArn(region, functionName),
      },
    ]);
  aws.sessions.putRolePolicy("pin", "own", may("api"));
  aws.sessions.putRolePolicy("stranger", "own", may("other"));
});
afterAll(async () => {
  await aws.close();
  await fixture.close();
});

const move = (version: number, credentials: Credentials = aws.sessions.forRole(roleArn("pin"))) =>
  updateAlias({ functionName: "api", alias: "live", version }, { region, endpoint, credentials, fetch });
const label = async () => (await http(port, "/")).headers["x-label"];

describe("UpdateAlias at the local endpoint", () => {
  it("puts an older version's own bundle behind a port that is served, and the newer one back", async () => {
    expect(await label()).toBe("new");
    expect(await move(1)).toBe(1);
    expect(await label()).toBe("old");
    expect(await move(2)).toBe(2);
    expect(await label()).toBe("new");
  });

  it("is refused to a role whose policy names another function, and moves nothing", async () => {
    await expect(move(1, aws.sessions.forRole(roleArn("stranger")))).rejects.toThrow(
      /Lambda answered 403 .*UpdateAlias on arn:aws:lambda:eu-central-1:000000000000:function:api/,
    );
    expect(await label()).toBe("new");
  });

  it("finds no version that was never published", async () => {
    await expect(move(9)).rejects.toThrow(/Lambda answered 404 .*no version or alias/);
  });
});
