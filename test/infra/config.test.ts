import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ConfigError, foundationConfig, rolloutConfig, serviceConfig } from "../../infra/config.ts";
import { exampleSettings } from "../../infra/example-settings.ts";
import { type EnvironmentName, environments, type LayerName } from "../../infra/naming.ts";
import { readStackConfig } from "../../infra/preview/stack-config.ts";

const readers = { foundation: foundationConfig, service: serviceConfig, rollout: rolloutConfig };

/** As in whatever deploys nothing; who deploys does not say it. */
const examplesAccepted = { "part-lens:acceptExamples": "true" };

/** Reads the configuration of a dev stack with some settings replaced (`undefined`: taken out). */
function read<Layer extends LayerName>(layer: Layer, changes: Record<string, unknown> = {}) {
  const config: Record<string, string> = { ...readStackConfig(`dev-${layer}`), ...examplesAccepted };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete config[key];
    else config[key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  pulumi.runtime.setAllConfig(config);
  return readers[layer]({ environment: "dev", layer }) as ReturnType<(typeof readers)[Layer]>;
}

function problemsOf(layer: LayerName, changes: Record<string, unknown>): readonly string[] {
  try {
    read(layer, changes);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** What is wrong with these settings where they are deployed. */
function deployedProblems(environment: EnvironmentName, layer: LayerName, settings: Record<string, string>) {
  pulumi.runtime.setAllConfig(settings);
  try {
    readers[layer]({ environment, layer });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const yacht = { id: "7c0f0e3e-9f7a-4a53-8f5c-0d3b8d1f2a10", name: "Kestrel", tenant: "demo-owners" };

describe("the configuration", () => {
  it.each(environments)("of %s is accepted in all three layers", (environment) => {
    for (const layer of ["foundation", "service", "rollout"] as const) {
      pulumi.runtime.setAllConfig({ ...readStackConfig(`${environment}-${layer}`), ...examplesAccepted });
      expect(readers[layer]({ environment, layer })).toMatchObject({ region: "eu-west-1" });
    }
  });

  it("is refused with every problem in one message that names the keys and the file to mend", () => {
    const changes = {
      "part-lens:flagPollSeconds": "soon",
      "part-lens:contacts": {
        engineering: { email: "nobody", hears: ["critical"] },
        ops: { email: "ops@example.com", hears: ["warning"] },
        escalation: { email: "boss@example.com", hears: ["critical"] },
      },
      "part-lens:concurrency": undefined,
      "aws:allowedAccountIds": ["12"],
    };
    const problems = problemsOf("service", changes);
    expect(problems.map((line) => line.split(": ")[0])).toEqual([
      "aws:allowedAccountIds.0",
      "part-lens:contacts.engineering.email",
      "part-lens:contacts.ops.hears",
      "part-lens:flagPollSeconds",
      "part-lens:concurrency",
    ]);
    expect(() => read("service", changes)).toThrow(
      /^5 problem\(s\)[\s\S]*infra\/stacks\/Pulumi\.dev-service\.yaml/,
    );
  });

  it("is refused where it is deployed, as long as it has the examples of the committed files", () => {
    const examples = (environment: EnvironmentName, layer: LayerName) => {
      const settings = readStackConfig(`${environment}-${layer}`);
      expect(settings).not.toHaveProperty(["part-lens:acceptExamples"]);
      return deployedProblems(environment, layer, settings).map((line) => line.split(": ")[0]);
    };
    const account = "aws:allowedAccountIds.0";
    const delivery = ["part-lens:delivery.repository", "part-lens:delivery.connectionArn"];
    const told = ["engineering", "ops", "escalation"].map((name) => `part-lens:contacts.${name}.email`);
    const keys = ["part-lens:identity.issuer", "part-lens:identity.jwks.keys.0.kid"];
    const edge = ["part-lens:edge.domain", "part-lens:edge.zoneId"];
    const service = [account, ...keys, ...told, "part-lens:webOrigins.0"];
    expect(examples("prod", "foundation")).toEqual([account, ...delivery]);
    expect(examples("prod", "service")).toEqual([...service, ...edge]);
    expect(examples("staging", "foundation")).toEqual([account, ...delivery]);
    expect(examples("staging", "service")).toEqual([...service, ...edge]);
    expect(examples("dev", "foundation")).toEqual([account]);
    expect(examples("dev", "service")).toEqual(service);
    for (const environment of ["prod", "staging", "dev"] as const)
      expect(examples(environment, "rollout")).toEqual([account]);
  });

  it("is deployed with settings of one's own, and says of each example what it is", () => {
    const own = { ...readStackConfig("dev-foundation"), "aws:allowedAccountIds": '["123456789012"]' };
    expect(deployedProblems("dev", "foundation", own)).toEqual([]);
    const zones = { ...own, "part-lens:zones": '["eu-west-1a","eu-west-1b","example.com"]' };
    expect(deployedProblems("dev", "foundation", zones)).toEqual([
      'part-lens:zones.2: "example.com" is an example\'s domain; put your own in its place',
    ]);
  });

  it.each([
    "123456789012",
    "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f0f0f0f-1111-2222-3333-444444444444",
    "https://github.com/example/parts.git",
    "https://examples.com",
    "captain@example-yachts.com",
    "ZEXAMPLE0000",
    "example",
  ])("does not take %s for an example", (own) => {
    expect(exampleSettings("it", own)).toEqual([]);
  });

  it("takes latest or the number of a version as the code's, and nothing else", () => {
    for (const good of ["latest", 1, 42])
      expect(problemsOf("service", { "part-lens:codeVersion": good })).toEqual([]);
    for (const bad of ["newest", 0, 1.5, "v3"])
      expect(problemsOf("service", { "part-lens:codeVersion": bad })).toEqual([
        expect.stringMatching(/^part-lens:codeVersion: /),
      ]);
  });

  const runner = {
    repository: "https://github.com/part-lens-example/part-lens.git",
    branch: "main",
    connectionArn: "arn:aws:codeconnections:eu-west-1:111111111111:connection/1",
    backendUrl: "s3://state",
    secretsProvider: "awskms://alias/state?region=eu-west-1",
  };
  const tokenArn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:pulumi";

  it.each([
    ["a bucket and a key", {}, []],
    [
      "Pulumi Cloud and its token",
      { backendUrl: "https://api.pulumi.com", secretsProvider: "default", accessTokenSecretArn: tokenArn },
      [],
    ],
    [
      "Pulumi Cloud without a token",
      { backendUrl: "https://api.pulumi.com", secretsProvider: "default" },
      ["part-lens:delivery.accessTokenSecretArn: Pulumi Cloud needs one"],
    ],
    [
      "a bucket with what is Pulumi Cloud's",
      { secretsProvider: "default", accessTokenSecretArn: tokenArn },
      [
        "part-lens:delivery.secretsProvider: a bucket needs awskms://alias/<name>",
        "part-lens:delivery.accessTokenSecretArn: a bucket takes no access token",
      ],
    ],
  ] as const)("of a delivery runner with %s", (_, changes, problems) => {
    expect(problemsOf("foundation", { "part-lens:delivery": { ...runner, ...changes } })).toEqual(problems);
  });

  it.each([
    ["a user in the address of the repository", { repository: "https://me:secret@github.com/a/b.git" }],
    ["an address without TLS", { repository: "http://github.com/a/b.git" }],
    ["a file as backend", { backendUrl: "file:///tmp" }],
    ["an option as branch", { branch: "--force x" }],
    ["a connection that is no ARN", { connectionArn: "github" }],
    ["a setting nobody knows", { token: "x" }],
  ])("of a delivery runner is refused with %s", (_, changes) => {
    const problems = problemsOf("foundation", { "part-lens:delivery": { ...runner, ...changes } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^part-lens:delivery/);
  });

  it("lists every mistake in the fleet", () => {
    const problems = problemsOf("service", {
      "part-lens:tenants": [
        { id: "demo-owners", name: "Demo", cluster: "main", movedFrom: "main" },
        { id: "idle", name: "Idle", cluster: "main" },
        { id: "idle", name: "Idle again", cluster: "main" },
      ],
      "part-lens:yachts": [
        yacht,
        { ...yacht, name: "Twin" },
        { ...yacht, id: "0d9cbd2a-6a68-4a35-a9d6-3f1b9a1f7f11", name: "Stray", tenant: "nobody" },
        { ...yacht, id: "d7c4b0a5-1b1f-4b8e-8b35-5f3a9d9e6c12", name: "Torn", pilot: true, holdOut: true },
      ],
    });
    expect(problems).toEqual([
      'part-lens:tenants: "idle" appears more than once',
      `part-lens:yachts: "${yacht.id}" appears more than once`,
      'part-lens:yachts: "Stray" is of tenant "nobody", which is not in part-lens:tenants',
      'part-lens:yachts: "Torn" is both a pilot and held out; it can be one of them',
      'part-lens:tenants: "demo-owners" is moved from the cluster that it is on; take movedFrom out',
      'part-lens:tenants: "idle" has no yacht; give it one or take it out',
      'part-lens:tenants: "idle" has no yacht; give it one or take it out',
    ]);
  });

  it.each(["not-a-uuid", "12345678-1234-1234-1234"])("refuses %s as the id of a yacht", (id) => {
    const problems = problemsOf("service", { "part-lens:yachts": [{ ...yacht, id }] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^part-lens:yachts\.0\.id: /);
  });

  it("refuses a stage that is not in the plan, and names the stages there are", () => {
    const [problem, ...others] = problemsOf("rollout", { "part-lens:rolloutStage": "ramp-30" });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^part-lens:rolloutStage: .*"ramp-20"/);
  });

  it("refuses a cluster that shrinks below its least, a cluster named twice, and too few zones", () => {
    const cluster = { name: "main", minCapacity: 4, maxCapacity: 2, instances: 1 };
    expect(problemsOf("foundation", { "part-lens:clusters": [cluster, cluster] })).toEqual([
      'part-lens:clusters: "main" appears more than once',
      'part-lens:clusters: "main" has a minCapacity above its maxCapacity',
      'part-lens:clusters: "main" has a minCapacity above its maxCapacity',
    ]);
    expect(problemsOf("foundation", { "part-lens:zones": ["eu-west-1a"] })).toHaveLength(1);
  });

  it("refuses a setting that it does not know in a list", () => {
    const [problem] = problemsOf("service", { "part-lens:yachts": [{ ...yacht, piolt: true }] });
    expect(problem).toContain("piolt");
  });

  it("keeps account numbers as text and makes a relative file URI absolute", () => {
    const identity = {
      issuer: "https://id.example",
      audience: "part-lens",
      jwks: "file:.part-lens/keys/jwks.json",
    };
    const config = read("service", { "part-lens:identity": identity });
    expect(config.accountId).toBe("111111111111");
    expect(config.identity.jwks).toBe(new URL("../../.part-lens/keys/jwks.json", import.meta.url).href);
  });

  describe("of the identity provider's keys", () => {
    const key = { kid: "k1", kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", x: "AAAA" };
    const provider = { issuer: "https://id.example", audience: "part-lens" };
    const identity = (changes: object) => ({ "part-lens:identity": { ...provider, ...changes } });

    it("hands keys that are written in it to the functions as a data: URI, without what nobody needs", () => {
      const keys = [{ ...key, x5c: ["certificate"] }];
      const { jwks } = read("service", identity({ jwks: { keys } })).identity;
      const [head, body = ""] = jwks.split(",");
      expect(head).toBe("data:application/json;base64");
      expect(JSON.parse(Buffer.from(body, "base64").toString())).toEqual({ keys: [key] });
    });

    it("refuses an https: address, which no function reaches, unless a way to it was made", () => {
      const jwks = "https://id.example/jwks.json";
      expect(problemsOf("service", identity({ jwks }))).toEqual([
        expect.stringContaining(
          "part-lens:identity.jwks: is an https: address, which the functions cannot reach",
        ),
      ]);
      expect(read("service", identity({ jwks, egress: true })).identity.jwks).toBe(jwks);
    });

    it.each([
      ["no key", []],
      ["a private key", [{ ...key, d: "AAAA" }]],
      ["a shared secret", [{ kid: "k1", kty: "oct", k: "AAAA" }]],
      ["more keys than a function's variables hold", Array.from({ length: 40 }, () => key)],
    ])("refuses %s", (_, keys) => {
      expect(problemsOf("service", identity({ jwks: { keys } }))).toEqual([
        expect.stringContaining("part-lens:identity.jwks: "),
      ]);
    });
  });
});
