import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

export interface SecurityGroupsArgs {
  /** The network the groups are in. */
  readonly vpcId: pulumi.Input<string>;
  /** The addresses of S3, as its gateway endpoint lists them. */
  readonly storagePrefixListId: pulumi.Input<string>;
  /** Which groups there are besides. Default none. */
  readonly delivery?: boolean;
  readonly portForward?: boolean;
  readonly proxy?: boolean;
}

/** The port PostgreSQL listens on. */
export const databasePort = 5432;

const httpsPort = 443;

/**
 * Who may speak to whom: functions to the database, to S3 and to the services' endpoints; the delivery runner to the
 * same and, alone, to the world. No rule lets the world in.
 */
export class SecurityGroups extends pulumi.ComponentResource {
  readonly functionsId: pulumi.Output<string>;
  readonly databaseId: pulumi.Output<string>;
  readonly endpointsId: pulumi.Output<string>;
  readonly deliveryId: pulumi.Output<string> | undefined;
  readonly portForwardId: pulumi.Output<string> | undefined;
  readonly proxyId: pulumi.Output<string> | undefined;

  constructor(name: string, args: SecurityGroupsArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("network", "SecurityGroups"), name, {}, options);
    // Adopted to be emptied: whatever is put into the default group by mistake reaches nothing.
    const empty = { vpcId: args.vpcId, ingress: [], egress: [] };
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, empty, { parent: this });
    this.functionsId = this.#group(name, "functions", "The functions that serve Part Lens", args).id;
    this.databaseId = this.#group(name, "database", "The database clusters", args).id;
    this.endpointsId = this.#group(name, "endpoints", "The AWS services inside the network", args).id;
    this.#openInside(name, this.functionsId);
    this.#openStorage(name, args.storagePrefixListId);
    this.deliveryId = args.delivery ? this.#delivery(name, args) : undefined;
    this.portForwardId = args.portForward ? this.#portForward(name, args) : undefined;
    this.proxyId = args.proxy ? this.#proxy(name, args) : undefined;
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

  #delivery(name: string, args: SecurityGroupsArgs): pulumi.Output<string> {
    const { id } = this.#group(name, "delivery", "The delivery runner", args);
    // The endpoints too: inside the network the services' names are theirs, whatever way there is outside.
    this.#openInside(`${name}-delivery`, id);
    const rule = { ipProtocol: "tcp", fromPort: httpsPort, toPort: httpsPort };
    const inputs = { ...rule, securityGroupId: id, cidrIpv4: "0.0.0.0/0" };
    new aws.vpc.SecurityGroupEgressRule(`${name}-delivery-to-world`, inputs, { parent: this });
    return id;
  }

  #portForward(name: string, args: SecurityGroupsArgs): pulumi.Output<string> {
    const { id } = this.#group(name, "port-forward", "The host of the port forward", args);
    this.#openInside(`${name}-port-forward`, id);
    return id;
  }

  /** Between the functions and the databases. */
  #proxy(name: string, args: SecurityGroupsArgs): pulumi.Output<string> {
    const { id } = this.#group(name, "proxy", "The proxies of the database clusters", args);
    this.#open(name, "proxy", this.functionsId, id, databasePort);
    this.#open(`${name}-proxy`, "database", id, this.databaseId, databasePort);
    return id;
  }

  #openInside(name: string, fromId: pulumi.Output<string>): void {
    this.#open(name, "database", fromId, this.databaseId, databasePort);
    this.#open(name, "endpoints", fromId, this.endpointsId, httpsPort);
  }

  /** A way from a group to another is two rules: out of the one, into the other. */
  #open(
    name: string,
    part: string,
    fromId: pulumi.Output<string>,
    toId: pulumi.Output<string>,
    port: number,
  ): void {
    const rule = { ipProtocol: "tcp", fromPort: port, toPort: port };
    const out = { ...rule, securityGroupId: fromId, referencedSecurityGroupId: toId };
    const into = { ...rule, securityGroupId: toId, referencedSecurityGroupId: fromId };
    new aws.vpc.SecurityGroupEgressRule(`${name}-to-${part}`, out, { parent: this });
    new aws.vpc.SecurityGroupIngressRule(`${name}-into-${part}`, into, { parent: this });
  }

  #openStorage(name: string, prefixListId: pulumi.Input<string>): void {
    const rule = { ipProtocol: "tcp", fromPort: httpsPort, toPort: httpsPort };
    const inputs = { ...rule, securityGroupId: this.functionsId, prefixListId };
    new aws.vpc.SecurityGroupEgressRule(`${name}-to-s3`, inputs, { parent: this });
  }
}
