import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";
import { Egress } from "./egress.ts";
import { SecurityGroups } from "./security-groups.ts";
import { zoneCidrs } from "./zone-cidrs.ts";

export interface NetworkArgs {
  /** The address block of the whole network, such as 10.20.0.0/16. */
  readonly cidr: string;
  /** The zones, one private subnet in each. */
  readonly zones: readonly string[];
  /** In how many of them the services' endpoints have an address; the others reach it there. */
  readonly endpointZones: number;
  /** The region, as the services' endpoints are named after it. */
  readonly region: string;
  /** Whether there is a subnet with a way to the internet, for the delivery runner. Default false. */
  readonly delivery?: boolean;
  /** Whether there is a place for a host that ports are forwarded through. Default false. */
  readonly portForward?: boolean;
  /** Whether there is a group for proxies of the databases. Default false. */
  readonly proxy?: boolean;
}

/**
 * The AWS services that functions reach from inside the network, and why. The rollback function is not one of
 * them: it runs outside, so that a broken network cannot stop it. Logs are shipped by Lambda itself.
 */
export const endpointServices = {
  appconfigdata: "the API polls the flag document and the cap",
  kms: "the API opens sealed TOTP secrets",
  sts: "the API takes the session that reaches one yacht's objects",
} as const;

/** Where the delivery runner works. */
export interface DeliveryPlace {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
}

/** Where the host of the port forward is. */
export interface PortForwardPlace extends DeliveryPlace {
  readonly endpointsSecurityGroupId: pulumi.Output<string>;
}

/** Private subnets and no way in from outside: functions reach the database, S3 and three AWS services, no more. */
export class Network extends pulumi.ComponentResource {
  readonly subnetIds: pulumi.Output<string>[];
  readonly functionSecurityGroupId: pulumi.Output<string>;
  readonly databaseSecurityGroupId: pulumi.Output<string>;
  /** Undefined without a delivery runner. */
  readonly delivery: DeliveryPlace | undefined;
  /** Undefined without a port forward. */
  readonly portForward: PortForwardPlace | undefined;
  /** Undefined without a proxy. */
  readonly proxySecurityGroupId: pulumi.Output<string> | undefined;

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("network", "Network"), name, {}, options);
    const vpc = new aws.ec2.Vpc(name, vpcInputs(name, args), { parent: this });
    const routes = new aws.ec2.RouteTable(`${name}-private`, { vpcId: vpc.id }, { parent: this });
    const subnets = this.#subnets(name, args, vpc, routes);
    const egress = args.delivery ? this.#egress(name, args, vpc) : undefined;
    const storage = this.#storageEndpoint(name, args, vpc, [
      routes.id,
      ...(egress ? [egress.routeTableId] : []),
    ]);
    const { delivery = false, portForward = false, proxy = false } = args;
    const wanted = { delivery, portForward, proxy };
    const groups = new SecurityGroups(
      name,
      { vpcId: vpc.id, storagePrefixListId: storage.prefixListId, ...wanted },
      { parent: this },
    );
    this.#serviceEndpoints(name, args, vpc, subnets, groups.endpointsId);

    this.subnetIds = subnets.map((subnet) => subnet.id);
    this.functionSecurityGroupId = groups.functionsId;
    this.databaseSecurityGroupId = groups.databaseId;
    this.delivery = egress && placed(vpc.id, egress.subnetId, groups.deliveryId);
    const host = placed(vpc.id, subnets[0]!.id, groups.portForwardId);
    this.portForward = host && { ...host, endpointsSecurityGroupId: groups.endpointsId };
    this.proxySecurityGroupId = groups.proxyId;
    this.registerOutputs({
      subnetIds: this.subnetIds,
      functionSecurityGroupId: this.functionSecurityGroupId,
      databaseSecurityGroupId: this.databaseSecurityGroupId,
    });
  }

  #subnets(name: string, args: NetworkArgs, vpc: aws.ec2.Vpc, routes: aws.ec2.RouteTable): aws.ec2.Subnet[] {
    const cidrs = zoneCidrs(args.cidr, args.zones.length);
    return args.zones.map((zone, index) => {
      const inputs = {
        vpcId: vpc.id,
        availabilityZone: zone,
        cidrBlock: cidrs[index]!,
        mapPublicIpOnLaunch: false,
        tags: { Name: `${name}-${zone}` },
      };
      const subnet = new aws.ec2.Subnet(`${name}-${zone}`, inputs, { parent: this });
      const association = { routeTableId: routes.id, subnetId: subnet.id };
      new aws.ec2.RouteTableAssociation(`${name}-${zone}`, association, { parent: this });
      return subnet;
    });
  }

  /** In the first zone, and in the address blocks after those of the private subnets. */
  #egress(name: string, args: NetworkArgs, vpc: aws.ec2.Vpc): Egress {
    const [publicCidr, deliveryCidr] = zoneCidrs(args.cidr, args.zones.length + 2).slice(-2);
    const inputs = {
      vpcId: vpc.id,
      zone: args.zones[0]!,
      publicCidr: publicCidr!,
      deliveryCidr: deliveryCidr!,
    };
    return new Egress(name, inputs, { parent: this });
  }

  /** S3 by a gateway: it costs nothing, whatever goes through. */
  #storageEndpoint(
    name: string,
    args: NetworkArgs,
    vpc: aws.ec2.Vpc,
    routeTableIds: pulumi.Output<string>[],
  ): aws.ec2.VpcEndpoint {
    const inputs = {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${args.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds,
      tags: { Name: `${name}-s3` },
    };
    return new aws.ec2.VpcEndpoint(`${name}-s3`, inputs, { parent: this });
  }

  #serviceEndpoints(
    name: string,
    args: NetworkArgs,
    vpc: aws.ec2.Vpc,
    subnets: readonly aws.ec2.Subnet[],
    securityGroupId: pulumi.Output<string>,
  ): void {
    for (const service of Object.keys(endpointServices)) {
      const inputs = {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${args.region}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: subnets.slice(0, args.endpointZones).map((subnet) => subnet.id),
        securityGroupIds: [securityGroupId],
        tags: { Name: `${name}-${service}` },
      };
      new aws.ec2.VpcEndpoint(`${name}-${service}`, inputs, { parent: this });
    }
  }
}

function placed(
  vpcId: pulumi.Output<string>,
  subnetId: pulumi.Output<string>,
  securityGroupId: pulumi.Output<string> | undefined,
): DeliveryPlace | undefined {
  return securityGroupId && { vpcId, subnetId, securityGroupId };
}

function vpcInputs(name: string, args: NetworkArgs): aws.ec2.VpcArgs {
  return { cidrBlock: args.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } };
}
