import type { Reach } from "./reach.ts";
import { ofService } from "./service-tags.ts";

/** What stands before the HTTP API: its domain, the distribution and the firewall. CloudFront's own are in us-east-1. */
export const edgeReach = [
  {
    sid: "Certificates",
    types: ["aws:acm/certificate:Certificate", "aws:acm/certificateValidation:CertificateValidation"],
    service: "acm",
    actions: [
      ...["AddTagsToCertificate", "DeleteCertificate", "DescribeCertificate", "ListTagsForCertificate"],
      "RemoveTagsFromCertificate",
    ],
    resources: [
      "arn:aws:acm:{region}:{account}:certificate/*",
      "arn:aws:acm:us-east-1:{account}:certificate/*",
    ],
  },
  {
    sid: "NewCertificates",
    types: [],
    service: "acm",
    actions: ["RequestCertificate"],
    resources: ["*"],
    condition: ofService("RequestTag"),
  },
  {
    sid: "Records",
    types: ["aws:route53/record:Record"],
    service: "route53",
    actions: ["ChangeResourceRecordSets", "GetChange", "GetHostedZone", "ListResourceRecordSets"],
    resources: ["arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*"],
  },
  {
    sid: "Domains",
    types: [
      "aws:apigateway/apiKey:ApiKey",
      "aws:apigatewayv2/apiMapping:ApiMapping",
      "aws:apigatewayv2/domainName:DomainName",
    ],
    service: "apigateway",
    actions: ["DELETE", "GET", "PATCH", "POST", "PUT", "TagResource", "UntagResource"],
    resources: ["apikeys", "apikeys/*", "domainnames", "domainnames/*"].map(
      (path) => `arn:aws:apigateway:{region}::/${path}`,
    ),
  },
  {
    sid: "Distributions",
    types: [
      "aws:cloudfront/distribution:Distribution",
      "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    ],
    service: "cloudfront",
    actions: [
      ...["DeleteDistribution", "DeleteResponseHeadersPolicy", "GetDistribution"],
      "GetResponseHeadersPolicy",
      ...["ListTagsForResource", "TagResource", "UntagResource", "UpdateDistribution"],
      "UpdateResponseHeadersPolicy",
    ],
    resources: [
      "arn:aws:cloudfront::{account}:distribution/*",
      "arn:aws:cloudfront::{account}:response-headers-policy/*",
    ],
  },
  {
    sid: "NewDistributions",
    types: [],
    service: "cloudfront",
    actions: ["CreateDistribution"],
    resources: ["*"],
    condition: ofService("RequestTag"),
  },
  {
    // It takes no tags.
    sid: "NewHeadersPolicies",
    types: [],
    service: "cloudfront",
    actions: ["CreateResponseHeadersPolicy"],
    resources: ["*"],
  },
  {
    sid: "Firewall",
    types: ["aws:wafv2/webAcl:WebAcl"],
    service: "wafv2",
    actions: [
      ...["CreateWebACL", "DeleteWebACL", "GetWebACL", "ListTagsForResource", "TagResource", "UntagResource"],
      "UpdateWebACL",
    ],
    resources: [
      "arn:aws:wafv2:us-east-1:{account}:global/webacl/{name}*/*",
      "arn:aws:wafv2:us-east-1:{account}:global/managedruleset/*/*",
    ],
  },
] as const satisfies readonly Reach[];
