import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";

export interface WebAclArgs {
  /** The environment, for the physical name. */
  readonly environment: string;
  /** Requests of one address in five minutes; more are blocked until it sends fewer. */
  readonly requestsPerFiveMinutes: number;
}

/** CloudFront's firewalls are made in this region, wherever the API is. */
const region = "us-east-1";

/**
 * Amazon's rule groups, in the order in which they are asked. `counted`: rules that only count. The API takes bodies
 * up to 64 KB and says itself when one is larger; the rule on sizes would block from 8 KB on.
 */
const managed = [
  { name: "AWSManagedRulesAmazonIpReputationList", counted: [] },
  { name: "AWSManagedRulesKnownBadInputsRuleSet", counted: [] },
  { name: "AWSManagedRulesCommonRuleSet", counted: ["SizeRestrictions_BODY"] },
] as const;

/** The firewall in front of CloudFront: a limit for each address, then Amazon's rules. HTTP APIs take none themselves. */
export class WebAcl extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: WebAclArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("edge", "WebAcl"), name, {}, options);
    const aclName = physicalName("webAcl", args.environment, name);
    const acl = new aws.wafv2.WebAcl(
      name,
      {
        name: aclName,
        description: "Part Lens, in front of CloudFront",
        scope: "CLOUDFRONT",
        region,
        defaultAction: { allow: {} },
        rules: [rateRule(args.requestsPerFiveMinutes), ...managed.map(managedRule)],
        visibilityConfig: visibility(aclName),
      },
      { parent: this },
    );
    this.arn = acl.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

function rateRule(limit: number) {
  return {
    name: "rate-of-one-address",
    priority: 0,
    action: { block: {} },
    statement: { rateBasedStatement: { limit, aggregateKeyType: "IP", evaluationWindowSec: 300 } },
    visibilityConfig: visibility("rate-of-one-address"),
  };
}

function managedRule({ name, counted }: (typeof managed)[number], index: number) {
  const overrides = counted.map((rule) => ({ name: rule, actionToUse: { count: {} } }));
  return {
    name,
    priority: index + 1,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        name,
        vendorName: "AWS",
        ...(overrides.length > 0 && { ruleActionOverrides: overrides }),
      },
    },
    visibilityConfig: visibility(name),
  };
}

/** Counted, but no request is kept as a sample: its headers would hold a token. */
function visibility(metricName: string) {
  return { cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: false };
}
