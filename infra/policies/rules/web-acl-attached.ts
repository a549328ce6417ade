import { targetOf } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

export const webAclAttached: Rule = {
  id: "web-acl-attached",
  title: "CloudFront has a firewall in front that limits what one address may ask.",
  judge: ({ type, inputs }, { resources }) => {
    if (type !== "aws:cloudfront/distribution:Distribution") return notApplicable;
    const acl = targetOf(inputs.webAclId, resources, "aws:wafv2/webAcl:WebAcl");
    if (!acl) return violation("no firewall of ours is attached to it", "webAclId");
    const rules = (acl.inputs.rules ?? []) as readonly {
      readonly action?: { readonly block?: unknown };
      readonly statement?: { readonly rateBasedStatement?: unknown };
    }[];
    const limits = rules.some(({ action, statement }) => action?.block && statement?.rateBasedStatement);
    return require(limits, "its firewall limits no address", "webAclId");
  },
};
