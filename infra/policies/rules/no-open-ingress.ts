import type { PlannedResource } from "../../preview/graph.ts";
import { compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { listOf } from "../statements.ts";

const world = ["0.0.0.0/0", "::/0"];
const addresses = ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"] as const;
const rules = [
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:ec2/securityGroupRule:SecurityGroupRule",
];
const groups = ["aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"];

type Fields = Readonly<Record<string, unknown>>;

function openProperty(rule: Fields): string | undefined {
  return addresses.find((property) => listOf(rule[property]).some((cidr) => world.includes(cidr)));
}

/** The ways in of a resource, by the path where each stands. */
function waysIn({ type, inputs }: PlannedResource): [string, Fields][] | undefined {
  if (rules.includes(type)) return inputs.type === "egress" ? undefined : [["", inputs]];
  if (!groups.includes(type)) return undefined;
  return ((inputs.ingress ?? []) as Fields[]).map((rule, index) => [`ingress[${index}].`, rule]);
}

export const noOpenIngress: Rule = {
  id: "no-open-ingress",
  title: "No security group lets the whole world in.",
  judge: (resource) => {
    const ways = waysIn(resource);
    if (!ways) return notApplicable;
    for (const [path, rule] of ways) {
      const property = openProperty(rule);
      if (property) return violation("lets the whole world in", `${path}${property}`);
    }
    return compliant;
  },
};
