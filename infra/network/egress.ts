import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

export interface EgressArgs {
  readonly vpcId: pulumi.Input<string>;
  /** The zone of both subnets: without it there is no delivery, and nothing that serves notices. */
  readonly zone: string;
  /** The block of the subnet that holds the NAT gateway, and nothing else. */
  readonly publicCidr: string;
  /** The block of the private subnet that the delivery runner works in. */
  readonly deliveryCidr: string;
}

const world = "0.0.0.0/0";

/**
 * The delivery runner's way to the internet: out by a NAT gateway, and no way in. Its subnet has a route table of its
 * own, so that no function's subnet gets a route to the internet.
 */
export class Egress extends pulumi.ComponentResource {
  readonly subnetId: pulumi.Output<string>;
  readonly routeTableId: pulumi.Output<string>;

  constructor(name: string, args: EgressArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("network", "Egress"), name, {}, options);
    const outside = this.#subnet(`${name}-public`, args, args.publicCidr);
    const inside = this.#subnet(`${name}-delivery`, args, args.deliveryCidr);
    const gateway = new aws.ec2.InternetGateway(
      name,
      { vpcId: args.vpcId, tags: { Name: name } },
      { parent: this },
    );
    const nat = this.#nat(name, outside, gateway);
    this.#route(`${name}-public`, args, outside, { gatewayId: gateway.id });
    const routes = this.#route(`${name}-delivery`, args, inside, { natGatewayId: nat.id });

    this.subnetId = inside.id;
    this.routeTableId = routes.id;
    this.registerOutputs({ subnetId: this.subnetId });
  }

  #subnet(name: string, { vpcId, zone }: EgressArgs, cidrBlock: string): aws.ec2.Subnet {
    const tags = { Name: name };
    const inputs = { vpcId, availabilityZone: zone, cidrBlock, mapPublicIpOnLaunch: false, tags };
    return new aws.ec2.Subnet(name, inputs, { parent: this });
  }

  #nat(name: string, subnet: aws.ec2.Subnet, gateway: aws.ec2.InternetGateway): aws.ec2.NatGateway {
    const tags = { Name: name };
    const address = new aws.ec2.Eip(name, { domain: "vpc", tags }, { parent: this });
    const inputs = { allocationId: address.allocationId, subnetId: subnet.id, tags };
    return new aws.ec2.NatGateway(name, inputs, { parent: this, dependsOn: [gateway] });
  }

  /** A route table with that way to everywhere, for that subnet. */
  #route(
    name: string,
    { vpcId }: EgressArgs,
    subnet: aws.ec2.Subnet,
    way: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">,
  ): aws.ec2.RouteTable {
    const table = new aws.ec2.RouteTable(name, { vpcId, tags: { Name: name } }, { parent: this });
    const route = { routeTableId: table.id, destinationCidrBlock: world, ...way };
    new aws.ec2.Route(name, route, { parent: this });
    const association = { routeTableId: table.id, subnetId: subnet.id };
    new aws.ec2.RouteTableAssociation(name, association, { parent: this });
    return table;
  }
}
