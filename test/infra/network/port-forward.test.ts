import { beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../../infra/preview/plan.ts";
import { countsByType, ofType, plannedLayer, the } from "../../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const group = (name: string) => ref("aws:ec2/securityGroup:SecurityGroup", name, "id");
const subnet = ref("aws:ec2/subnet:Subnet", "network-eu-west-1a", "id");

let dev: Plan;
let without: Plan;

beforeAll(async () => {
  dev = await plannedLayer("dev", "foundation", {});
  without = await plannedLayer("dev", "foundation", {}, { overrides: { "part-lens:portForward": "false" } });
});

describe("the host of the port forward", () => {
  it("is in a private subnet, closed, and the newest image of the agent's", () => {
    expect(the(dev.graph, "aws:ec2/instance:Instance", "port-forward").inputs).toEqual({
      instanceType: "t4g.nano",
      subnetId: subnet,
      vpcSecurityGroupIds: [group("network-port-forward")],
      associatePublicIpAddress: false,
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required" },
      rootBlockDevice: { encrypted: true, volumeType: "gp3" },
      iamInstanceProfile: "part-lens-dev-port-forward",
      launchTemplate: {
        id: ref("aws:ec2/launchTemplate:LaunchTemplate", "port-forward", "id"),
        version: "$Latest",
      },
      tags: { Name: "port-forward" },
    });
    expect(the(dev.graph, "aws:ec2/launchTemplate:LaunchTemplate", "port-forward").inputs.imageId).toMatch(
      /^resolve:ssm:\/aws\/service\/ami-amazon-linux-latest\/.*arm64$/,
    );
    expect(dev.outputs.portForwardInstanceId).toBe(ref("aws:ec2/instance:Instance", "port-forward", "id"));
  });

  it("reaches the databases and the services' endpoints, and nothing reaches it", () => {
    const rules = (type: string, side: string) =>
      ofType(dev.graph, type)
        .filter(({ inputs }) => inputs[side] === group("network-port-forward"))
        .map(({ inputs }) => [inputs.referencedSecurityGroupId, inputs.toPort]);
    expect(rules("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId")).toEqual([
      [group("network-database"), 5432],
      [group("network-endpoints"), 443],
    ]);
    expect(rules("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "securityGroupId")).toEqual([]);
  });

  it("finds Session Manager inside the network, in its own zone", () => {
    for (const service of ["ssm", "ssmmessages"])
      expect(
        the(dev.graph, "aws:ec2/vpcEndpoint:VpcEndpoint", `port-forward-${service}`).inputs,
      ).toMatchObject({
        serviceName: `com.amazonaws.eu-west-1.${service}`,
        privateDnsEnabled: true,
        subnetIds: [subnet],
        securityGroupIds: [group("network-endpoints")],
      });
  });

  it("is all that goes when it is not wanted", () => {
    const [more, less] = [countsByType(dev.graph.resources), countsByType(without.graph.resources)];
    const gone = Object.entries(more).map(([type, count]) => [type, count - (less[type] ?? 0)] as const);
    expect(Object.fromEntries(gone.filter(([, count]) => count !== 0))).toEqual({
      "aws:ec2/instance:Instance": 1,
      "aws:ec2/launchTemplate:LaunchTemplate": 1,
      "aws:ec2/securityGroup:SecurityGroup": 1,
      "aws:ec2/vpcEndpoint:VpcEndpoint": 2,
      "aws:iam/instanceProfile:InstanceProfile": 1,
      "aws:iam/role:Role": 1,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 2,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 2,
    });
    expect(without.outputs).not.toHaveProperty("portForwardInstanceId");
  });
});
