import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";
import { Certificate } from "./certificate.ts";

export interface ApiDomainArgs {
  readonly domain: string;
  readonly zoneId: string;
  /** The HTTP API and its stage. */
  readonly apiId: pulumi.Input<string>;
  readonly stage: pulumi.Input<string>;
}

/** The HTTP API at a domain of ours, TLS 1.2 or newer. */
export class ApiDomain extends pulumi.ComponentResource {
  /** The address, without a slash at its end: it answers when this is there. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: ApiDomainArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("edge", "ApiDomain"), name, {}, options);
    const { apiId, domain, stage, zoneId } = args;
    const own = { parent: this };
    const certificate = new Certificate(name, { domain, zoneId }, own);
    const configuration = {
      certificateArn: certificate.arn,
      endpointType: "REGIONAL",
      securityPolicy: "TLS_1_2",
    };
    const named = { domainName: domain, domainNameConfiguration: configuration };
    const domainName = new aws.apigatewayv2.DomainName(name, named, own);
    const mapping = { apiId, stage, domainName: domainName.id };
    new aws.apigatewayv2.ApiMapping(name, mapping, own);
    const target = domainName.domainNameConfiguration;
    const alias = {
      name: target.targetDomainName,
      zoneId: target.hostedZoneId,
      evaluateTargetHealth: false,
    };
    const record = new aws.route53.Record(name, { zoneId, name: domain, type: "A", aliases: [alias] }, own);
    this.url = pulumi.interpolate`https://${record.name}`;
    this.registerOutputs({ url: this.url });
  }
}
