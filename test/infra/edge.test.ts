import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../infra/preview/graph.ts";
import { ofType, type PlannedEnvironment, plannedEnvironment, the } from "../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const certificateType = "aws:acm/certificate:Certificate";
const validationType = "aws:acm/certificateValidation:CertificateValidation";
const recordType = "aws:route53/record:Record";
const distributionType = "aws:cloudfront/distribution:Distribution";
const domainType = "aws:apigatewayv2/domainName:DomainName";
const apiType = "aws:apigatewayv2/api:Api";
const functionType = "aws:lambda/function:Function";
const zoneId = "Z00000000PROD00000000";

let prod: PlannedEnvironment;
let staging: PlannedEnvironment;
let dev: PlannedEnvironment;
beforeAll(async () => {
  prod = await plannedEnvironment("prod");
  staging = await plannedEnvironment("staging");
  dev = await plannedEnvironment("dev");
});
const graphOf = ({ layers }: PlannedEnvironment): Graph => layers.service.graph;
const inputsIn = (planned: PlannedEnvironment) => (type: string, name: string) =>
  the(graphOf(planned), type, name).inputs;
const variablesOf = (planned: PlannedEnvironment, name: string) =>
  (inputsIn(planned)(functionType, name).environment as { variables: Record<string, string> }).variables;

describe("CloudFront in front of the API", () => {
  it("has a certificate of us-east-1, proven in the zone of its name", () => {
    const inputs = inputsIn(prod);
    const asked = (property: string) =>
      ref(certificateType, "edge", `domainValidationOptions[0].resourceRecord${property}`);
    expect(inputs(certificateType, "edge")).toEqual({
      ...{ domainName: "api.part-lens.example", validationMethod: "DNS", region: "us-east-1" },
    });
    expect(inputs(recordType, "edge-proof")).toEqual({
      ...{ zoneId, name: asked("Name"), type: asked("Type"), records: [asked("Value")], ttl: 300 },
    });
    expect(inputs(validationType, "edge")).toEqual({
      certificateArn: ref(certificateType, "edge", "arn"),
      validationRecordFqdns: [ref(recordType, "edge-proof", "fqdn")],
      region: "us-east-1",
    });
  });

  it("speaks TLS only, caches nothing, passes everything on but the host, and shows the API a key", () => {
    const { origins, defaultCacheBehavior, viewerCertificate, ...rest } = inputsIn(prod)(
      distributionType,
      "edge",
    );
    expect(origins).toEqual([
      {
        originId: "api",
        domainName: ref(apiType, "api", "apiEndpoint"),
        customHeaders: [
          { name: "x-part-lens-edge", value: ref("aws:apigateway/apiKey:ApiKey", "edge", "value") },
        ],
        customOriginConfig: {
          httpPort: 80,
          httpsPort: 443,
          originProtocolPolicy: "https-only",
          originSslProtocols: ["TLSv1.2"],
          originReadTimeout: 10,
        },
      },
    ]);
    expect(defaultCacheBehavior).toMatchObject({
      viewerProtocolPolicy: "https-only",
      cachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
      originRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
      responseHeadersPolicyId: ref(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "edge",
        "id",
      ),
    });
    expect(viewerCertificate).toEqual({
      acmCertificateArn: ref(certificateType, "edge", "arn"),
      minimumProtocolVersion: "TLSv1.2_2021",
      sslSupportMethod: "sni-only",
    });
    expect(the(graphOf(prod), distributionType, "edge").dependsOn).toContain(`${validationType}::edge`);
    expect(rest).toMatchObject({
      aliases: ["api.part-lens.example"],
      webAclId: ref("aws:wafv2/webAcl:WebAcl", "edge", "arn"),
    });
  });

  it("keeps the key secret, and gives the API its hash only", () => {
    expect(the(graphOf(prod), distributionType, "edge").secretInputs).toEqual([
      "origins[0].customHeaders[0].value",
    ]);
    expect(variablesOf(prod, "api").ORIGIN_KEY_SHA256).toMatch(/^[0-9a-f]{64}$/);
    expect(the(graphOf(prod), functionType, "api").secretInputs).toEqual([]);
  });

  it("has a firewall of four rules: a limit for an address, and Amazon's, of which the one on sizes only counts", () => {
    const { rules, scope, region, defaultAction } = inputsIn(prod)("aws:wafv2/webAcl:WebAcl", "edge");
    expect({ scope, region, defaultAction }).toEqual({
      ...{ scope: "CLOUDFRONT", region: "us-east-1", defaultAction: { allow: {} } },
    });
    expect(rules).toMatchObject([
      { priority: 0, action: { block: {} }, statement: { rateBasedStatement: { limit: 6000 } } },
      { priority: 1, name: "AWSManagedRulesAmazonIpReputationList" },
      { priority: 2, name: "AWSManagedRulesKnownBadInputsRuleSet" },
      {
        priority: 3,
        statement: {
          managedRuleGroupStatement: {
            name: "AWSManagedRulesCommonRuleSet",
            ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }],
          },
        },
      },
    ]);
    const sampled = JSON.stringify(rules).match(/"sampledRequestsEnabled":(true|false)/g);
    expect(sampled).toEqual(Array(4).fill('"sampledRequestsEnabled":false'));
  });

  it("is the address of the API, for callers and for the functions that ask it", () => {
    const url = "https://api.part-lens.example";
    expect(prod.layers.service.outputs.apiUrl).toBe(url);
    expect([variablesOf(prod, "rollback").API_URL, variablesOf(prod, "pin").API_URL]).toEqual([url, url]);
    const facts = JSON.parse(String(inputsIn(prod)("aws:ssm/parameter:Parameter", "service").insecureValue));
    expect(facts).toMatchObject({
      apiUrl: url,
      apiFunction: "part-lens-prod-api",
      code: prod.layers.service.outputs.code,
    });
    const aliases = ofType(graphOf(prod), recordType).filter(({ name }) => name !== "edge-proof");
    expect(aliases.map(({ inputs }) => [inputs.type, inputs.name])).toEqual([
      ["A", "api.part-lens.example"],
      ["AAAA", "api.part-lens.example"],
    ]);
    expect(aliases[0]?.inputs.aliases).toEqual([
      {
        name: ref(distributionType, "edge", "domainName"),
        zoneId: ref(distributionType, "edge", "hostedZoneId"),
        evaluateTargetHealth: false,
      },
    ]);
  });
});

describe("a domain of the API's own", () => {
  it("is mapped to the stage, TLS 1.2 or newer, and AWS's address answers no more", () => {
    const inputs = inputsIn(staging);
    expect(inputs(domainType, "edge")).toEqual({
      domainName: "api.staging.part-lens.example",
      domainNameConfiguration: {
        certificateArn: ref(certificateType, "edge", "arn"),
        endpointType: "REGIONAL",
        securityPolicy: "TLS_1_2",
      },
    });
    expect(the(graphOf(staging), domainType, "edge").dependsOn).toContain(`${validationType}::edge`);
    expect(inputs(certificateType, "edge")).not.toHaveProperty("region");
    expect(inputs("aws:apigatewayv2/apiMapping:ApiMapping", "edge")).toEqual({
      apiId: ref(apiType, "api", "id"),
      stage: "$default",
      domainName: ref(domainType, "edge", "id"),
    });
    expect(inputs(recordType, "edge").aliases).toEqual([
      {
        name: ref(domainType, "edge", "domainNameConfiguration.targetDomainName"),
        zoneId: ref(domainType, "edge", "domainNameConfiguration.hostedZoneId"),
        evaluateTargetHealth: false,
      },
    ]);
    expect(inputs(apiType, "api").disableExecuteApiEndpoint).toBe(true);
    expect(staging.layers.service.outputs.apiUrl).toBe("https://api.staging.part-lens.example");
    expect(variablesOf(staging, "api")).not.toHaveProperty("ORIGIN_KEY_SHA256");
  });
});

describe("no edge", () => {
  it("leaves AWS's own address, and makes nothing", () => {
    expect(dev.layers.service.outputs.apiUrl).toBe(ref(apiType, "api", "apiEndpoint"));
    expect(inputsIn(dev)(apiType, "api")).not.toHaveProperty("disableExecuteApiEndpoint");
    const made = /^aws:(acm|cloudfront|route53|wafv2|apigateway)\//;
    expect(graphOf(dev).resources.filter(({ type }) => made.test(type))).toEqual([]);
  });
});

describe("X-Ray", () => {
  it("follows the API where the configuration says so, with the leave to send what it finds", async () => {
    const modeOf = (planned: PlannedEnvironment, name: string) =>
      inputsIn(planned)(functionType, name).tracingConfig as { mode: string };
    expect([modeOf(prod, "api").mode, modeOf(prod, "rollback").mode]).toEqual(["Active", "PassThrough"]);
    const sidsOf = (planned: PlannedEnvironment) =>
      (
        JSON.parse(String(inputsIn(planned)("aws:iam/rolePolicy:RolePolicy", "api").policy)).Statement as {
          Sid: string;
        }[]
      ).map(({ Sid }) => Sid);
    expect(sidsOf(prod)).toContain("Traces");
    const local = await plannedEnvironment("local");
    expect(modeOf(local, "api").mode).toBe("PassThrough");
    expect(sidsOf(local)).not.toContain("Traces");
  });
});
