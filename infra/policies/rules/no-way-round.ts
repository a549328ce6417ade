import { targetOf } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

interface Origin {
  readonly domainName?: unknown;
  readonly customHeaders?: readonly { readonly name?: unknown; readonly value?: unknown }[];
}

export const noWayRound: Rule = {
  id: "no-way-round",
  title: "Behind CloudFront, the API answers only what carries CloudFront's key.",
  judge: ({ type, inputs }, { resources }) => {
    if (type !== "aws:cloudfront/distribution:Distribution") return notApplicable;
    const origins = (inputs.origins ?? []) as readonly Origin[];
    const behind = origins.filter(({ domainName }) =>
      targetOf(domainName, resources, "aws:apigatewayv2/api:Api"),
    );
    const keyed = behind.every(({ customHeaders = [] }) =>
      customHeaders.some(({ value }) => targetOf(value, resources, "aws:apigateway/apiKey:ApiKey")),
    );
    if (!keyed) return violation("it shows the HTTP API no key", "origins");
    const asks = resources.some((one) => {
      const { variables = {} } = (one.inputs.environment ?? {}) as { variables?: Record<string, unknown> };
      return one.type === "aws:lambda/function:Function" && variables.ORIGIN_KEY_SHA256;
    });
    return require(behind.length === 0 || asks, "no function asks for the key that it shows", "origins");
  },
};
