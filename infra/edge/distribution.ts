import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";
import { Certificate } from "./certificate.ts";
import { type OriginKey, originKeyHeader } from "./origin-key.ts";
import { WebAcl } from "./web-acl.ts";

export interface DistributionArgs {
  /** The environment, for physical names. */
  readonly environment: string;
  readonly domain: string;
  readonly zoneId: string;
  readonly requestsPerFiveMinutes: number;
  /** AWS's own address of the HTTP API. */
  readonly apiUrl: pulumi.Output<string>;
  /** What the API asks of every request. */
  readonly originKey: OriginKey;
  /** Seconds until CloudFront answers 504 by itself: above the HTTP API's own limit. */
  readonly readTimeoutSeconds: number;
}

/** Amazon's own policies, which every account has. Source: CloudFront's developer guide, managed policies. */
const managed = {
  cachingDisabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
  allViewerExceptHost: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
} as const;

const year = 31_536_000;

/** CloudFront with a firewall in front of the HTTP API. It caches nothing: every answer belongs to one yacht. */
export class Distribution extends pulumi.ComponentResource {
  /** The address, without a slash at its end: it answers when this is there. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: DistributionArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("edge", "Distribution"), name, {}, options);
    const own = { parent: this };
    const { domain, environment, requestsPerFiveMinutes, zoneId } = args;
    const certificate = new Certificate(name, { domain, zoneId, region: "us-east-1" }, own);
    const acl = new WebAcl(name, { environment, requestsPerFiveMinutes }, own);
    const headers = { name: physicalName("headersPolicy", environment, name), ...responseHeaders };
    const policy = new aws.cloudfront.ResponseHeadersPolicy(name, headers, own);
    const distribution = new aws.cloudfront.Distribution(
      name,
      {
        comment: `Part Lens ${environment}`,
        enabled: true,
        isIpv6Enabled: true,
        httpVersion: "http2and3",
        priceClass: "PriceClass_All",
        aliases: [domain],
        webAclId: acl.arn,
        origins: [originOf(args)],
        defaultCacheBehavior: { ...behaviour, responseHeadersPolicyId: policy.id },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: {
          acmCertificateArn: certificate.arn,
          minimumProtocolVersion: "TLSv1.2_2021",
          sslSupportMethod: "sni-only",
        },
      },
      own,
    );
    const aliases = [
      { name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false },
    ];
    const at = { zoneId, name: domain, aliases };
    const record = new aws.route53.Record(name, { ...at, type: "A" }, own);
    new aws.route53.Record(`${name}-ipv6`, { ...at, type: "AAAA" }, own);
    this.url = pulumi.interpolate`https://${record.name}`;
    this.registerOutputs({ url: this.url });
  }
}

const behaviour = {
  targetOriginId: "api",
  viewerProtocolPolicy: "https-only",
  allowedMethods: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
  cachedMethods: ["GET", "HEAD"],
  compress: true,
  cachePolicyId: managed.cachingDisabled,
  originRequestPolicyId: managed.allViewerExceptHost,
};

/** For a browser that opens an answer: no framing, no guessing of types, TLS from then on. */
const responseHeaders = {
  securityHeadersConfig: {
    strictTransportSecurity: { accessControlMaxAgeSec: year, includeSubdomains: true, override: true },
    contentTypeOptions: { override: true },
    frameOptions: { frameOption: "DENY", override: true },
    referrerPolicy: { referrerPolicy: "no-referrer", override: true },
    contentSecurityPolicy: {
      contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
      override: false,
    },
  },
};

function originOf({ apiUrl, originKey, readTimeoutSeconds }: DistributionArgs) {
  return {
    originId: "api",
    domainName: apiUrl.apply((url) => url.replace(/^https:\/\//, "")),
    customHeaders: [{ name: originKeyHeader, value: originKey.value }],
    customOriginConfig: {
      httpPort: 80,
      httpsPort: 443,
      originProtocolPolicy: "https-only",
      originSslProtocols: ["TLSv1.2"],
      originReadTimeout: readTimeoutSeconds,
    },
  };
}
