import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place, physicalName } from "../naming.ts";
import { policyDocument, serviceTrust } from "../policy.ts";

export interface PortForwardArgs {
  /** Where it is, for physical names and the services' endpoints. */
  readonly place: Place;
  readonly vpcId: pulumi.Input<string>;
  /** The private subnet it is in. */
  readonly subnetId: pulumi.Input<string>;
  /** A group that reaches the databases and the services' endpoints, and is reached by nobody. */
  readonly securityGroupId: pulumi.Input<string>;
  /** The group of the services' endpoints. */
  readonly endpointsSecurityGroupId: pulumi.Input<string>;
}

/** What Session Manager's agent speaks to. */
const agentServices = ["ssm", "ssmmessages"] as const;

/** Amazon's newest image, which has the agent in it. */
const image = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";

/**
 * A very small host that a port is forwarded through by Session Manager, to reach the databases where there is no
 * delivery runner. It has no key, no public address and no open port; who may use it is said by IAM.
 */
export class PortForward extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;

  constructor(name: string, args: PortForwardArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("network", "PortForward"), name, {}, options);
    const endpoints = this.#endpoints(name, args);
    const profile = this.#profile(name, args);
    const template = new aws.ec2.LaunchTemplate(
      name,
      { name: physicalName("launchTemplate", args.place.environment, name), imageId: image },
      { parent: this },
    );
    const host = new aws.ec2.Instance(
      name,
      {
        ...hostInputs(name, args),
        iamInstanceProfile: profile.name,
        launchTemplate: { id: template.id, version: "$Latest" },
      },
      { parent: this, dependsOn: endpoints },
    );
    this.instanceId = host.id;
    this.registerOutputs({ instanceId: this.instanceId });
  }

  /** In the host's own zone. */
  #endpoints(name: string, args: PortForwardArgs): pulumi.Resource[] {
    return agentServices.map((service) => {
      const inputs = {
        vpcId: args.vpcId,
        serviceName: `com.amazonaws.${args.place.region}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: [args.subnetId],
        securityGroupIds: [args.endpointsSecurityGroupId],
        tags: { Name: `${name}-${service}` },
      };
      return new aws.ec2.VpcEndpoint(`${name}-${service}`, inputs, { parent: this });
    });
  }

  #profile(name: string, { place }: PortForwardArgs): aws.iam.InstanceProfile {
    const roleName = physicalName("role", place.environment, name);
    const inputs = {
      name: roleName,
      description: "Part Lens, the host of the port forward",
      assumeRolePolicy: serviceTrust("ec2.amazonaws.com"),
    };
    const role = new aws.iam.Role(name, inputs, { parent: this });
    const policy = { name, role: role.name, policy: policyDocument([sessions]) };
    new aws.iam.RolePolicy(name, policy, { parent: this });
    return new aws.iam.InstanceProfile(name, { name: roleName, role: role.name }, { parent: this });
  }
}

/** Source: AWS Systems Manager, "Create a custom IAM role for Session Manager", without its logs and encryption. */
const sessions = {
  Sid: "Sessions",
  Effect: "Allow",
  Action: [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  Resource: "*",
} as const;

function hostInputs(name: string, args: PortForwardArgs) {
  return {
    instanceType: "t4g.nano",
    subnetId: args.subnetId,
    vpcSecurityGroupIds: [args.securityGroupId],
    associatePublicIpAddress: false,
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required" },
    rootBlockDevice: { encrypted: true, volumeType: "gp3" },
    tags: { Name: name },
  };
}
