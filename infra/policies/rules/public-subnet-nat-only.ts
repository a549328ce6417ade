import type { PlannedResource } from "../../preview/graph.ts";
import { attachedTo, pointsAt, targetOf } from "../pointing.ts";
import { compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { listOf } from "../statements.ts";

const subnetType = "aws:ec2/subnet:Subnet";
const association = "aws:ec2/routeTableAssociation:RouteTableAssociation";
/** What may be in a subnet whose addresses the internet reaches. */
const allowed = [association, "aws:ec2/natGateway:NatGateway"];

/** Whether its route table leads to an internet gateway. */
function isPublic(subnet: PlannedResource, resources: readonly PlannedResource[]): boolean {
  if (subnet.inputs.mapPublicIpOnLaunch === true) return true;
  return attachedTo(subnet, resources, association, "subnetId").some(({ inputs }) => {
    const table = targetOf(inputs.routeTableId, resources, "aws:ec2/routeTable:RouteTable");
    const routes = table ? attachedTo(table, resources, "aws:ec2/route:Route", "routeTableId") : [];
    return routes.some((route) =>
      targetOf(route.inputs.gatewayId, resources, "aws:ec2/internetGateway:InternetGateway"),
    );
  });
}

/** The subnets that an input names, wherever it does. */
function names(value: unknown, subnet: PlannedResource): boolean {
  if (Array.isArray(value)) return value.some((item) => names(item, subnet));
  if (value !== null && typeof value === "object")
    return Object.values(value).some((item) => names(item, subnet));
  return typeof value === "string" && listOf(value).some((text) => pointsAt(text, subnet));
}

export const publicSubnetNatOnly: Rule = {
  id: "public-subnet-nat-only",
  title: "A subnet with a route to an internet gateway holds a NAT gateway, and nothing else.",
  judge: (resource, { resources }) => {
    if (resource.type !== subnetType || !isPublic(resource, resources)) return notApplicable;
    const others = resources.filter((other) => other !== resource && !allowed.includes(other.type));
    const tenant = others.find(({ inputs }) => names(inputs, resource));
    return tenant
      ? violation(`${tenant.type} ${tenant.name} is in it, in reach of the internet`, "")
      : compliant;
  },
};
