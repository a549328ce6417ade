import { compliant, notApplicable, type Rule, violation } from "../rule.ts";

interface Distribution {
  readonly defaultCacheBehavior?: Viewer;
  readonly orderedCacheBehaviors?: readonly Viewer[];
  readonly viewerCertificate?: { readonly minimumProtocolVersion?: unknown };
  readonly origins?: readonly { readonly customOriginConfig?: Origin }[];
}
interface Viewer {
  readonly viewerProtocolPolicy?: unknown;
}
interface Origin {
  readonly originProtocolPolicy?: unknown;
  readonly originSslProtocols?: readonly unknown[];
}

/** From 2018 on all of CloudFront's policies begin at TLS 1.2. */
const modern = /^TLSv1\.[23]_20(19|2\d)$/;

function judgeDistribution(inputs: Distribution) {
  const viewers = [inputs.defaultCacheBehavior, ...(inputs.orderedCacheBehaviors ?? [])];
  const tls = ["https-only", "redirect-to-https"];
  if (viewers.some((viewer) => !tls.includes(String(viewer?.viewerProtocolPolicy))))
    return violation("it serves callers without TLS", "viewerProtocolPolicy");
  if (!modern.test(String(inputs.viewerCertificate?.minimumProtocolVersion)))
    return violation("it takes TLS older than 1.2", "viewerCertificate.minimumProtocolVersion");
  const origins = (inputs.origins ?? []).flatMap(({ customOriginConfig: origin }) => origin ?? []);
  const plain = origins.some(({ originProtocolPolicy: policy }) => policy !== "https-only");
  if (plain) return violation("it asks an origin without TLS", "origins");
  const old = origins.some(({ originSslProtocols: protocols = [] }) =>
    protocols.some((one) => one !== "TLSv1.2"),
  );
  return old ? violation("it asks an origin with TLS older than 1.2", "origins") : compliant;
}

export const tlsOnlyEdge: Rule = {
  id: "tls-only-edge",
  title: "CloudFront and the API's domain speak TLS 1.2 or newer, to callers and to the origin.",
  judge: ({ type, inputs }) => {
    if (type === "aws:cloudfront/distribution:Distribution") return judgeDistribution(inputs as Distribution);
    if (type !== "aws:apigatewayv2/domainName:DomainName") return notApplicable;
    const { securityPolicy } = (inputs.domainNameConfiguration ?? {}) as { securityPolicy?: unknown };
    if (securityPolicy === "TLS_1_2") return compliant;
    return violation("it takes TLS older than 1.2", "domainNameConfiguration.securityPolicy");
  },
};
