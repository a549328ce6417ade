import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

export interface SecurityGroupsArgs {
  /** The network the groups are in. */
  readonly vpcId: pulumi.Input<string>;
  /** The addresses of S3, as its gateway endpoint lists them. */
  readonly storagePrefixListId: pulumi.Input<string>;
}

/** The port PostgreSQL listens on. */
export const databasePort = 5432;

/** Who may speak to whom: functions to the database, to S3 and to the services' endpoints. No rule names the world. */
export class SecurityGroups extends pulumi.ComponentResource {
  readonly functionsId: pulumi.Output<string>;
  readonly databaseId: pulumi.Output<string>;
  readonly endpointsId: pulumi.Output<string>;

  constructor(name: string, args: SecurityGroupsArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("network", "SecurityGroups"), name, {}, options);
    // Adopted to be emptied: whatever is put into the default group by mistake reaches nothing.
    const empty = { vpcId: args.vpcId, ingress: [], egress: [] };
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, empty, { parent: this });
    this.functionsId = this.#group(name, "functions", "The functions that serve Part Lens", args).id;
    this.databaseId = this.#group(name, "database", "The database clusters", args).id;
    this.endpointsId = this.#group(name, "endpoints", "The AWS services inside the network", args).id;
    this.#open(name, "database", this.databaseId, databasePort);
    this.#open(name, "endpoints", this.endpointsId, 443);
    this.#openStorage(name, args.storagePrefixListId);
    this.registerOutputs({
      functionsId: this.functionsId,
      databaseId: this.databaseId,
      endpointsId: this.endpointsId,
    });
  }

  #group(name: string, part: string, description: string, args: SecurityGroupsArgs): aws.ec2.SecurityGroup {
    const inputs = { vpcId: args.vpcId, description, tags: { Name: `${name}-${part}` } };
    return new aws.ec2.SecurityGroup(`${name}-${part}`, inputs, { parent: this });
  }

  /** A way from the functions to a group is two rules: out of theirs, into the other. */
  #open(name: string, part: string, groupId: pulumi.Output<string>, port: number): void {
    const rule = { ipProtocol: "tcp", fromPort: port, toPort: port };
    const out = { ...rule, securityGroupId: this.functionsId, referencedSecurityGroupId: groupId };
    const into = { ...rule, securityGroupId: groupId, referencedSecurityGroupId: this.functionsId };
    new aws.vpc.SecurityGroupEgressRule(`${name}-to-${part}`, out, { parent: this });
    new aws.vpc.SecurityGroupIngressRule(`${name}-into-${part}`, into, { parent: this });
  }

  #openStorage(name: string, prefixListId: pulumi.Input<string>): void {
    const rule = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };
    const inputs = { ...rule, securityGroupId: this.functionsId, prefixListId };
    new aws.vpc.SecurityGroupEgressRule(`${name}-to-s3`, inputs, { parent: this });
  }
}
