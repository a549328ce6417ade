/** The foundation layer: the network and the database clusters. */
import { accountProvider } from "./account.ts";
import { foundationConfig } from "./config.ts";
import { Cluster } from "./database/cluster.ts";
import { DeliveryRunner } from "./delivery/delivery-runner.ts";
import type { StackName } from "./naming.ts";
import { Network } from "./network/network.ts";

export async function foundation(stack: StackName) {
  const config = foundationConfig(stack);
  const made = { providers: [accountProvider(stack, config)] };
  const { environment } = stack;

  const network = new Network(
    "network",
    {
      cidr: config.vpcCidr,
      zones: config.zones,
      endpointZones: config.endpointZones,
      region: config.region,
      delivery: config.delivery !== false,
    },
    made,
  );
  const clusters = config.clusters.map(({ name, ...size }) => {
    const args = {
      ...size,
      environment,
      subnetIds: network.subnetIds,
      securityGroupId: network.databaseSecurityGroupId,
      backupDays: config.backupDays,
      logDays: config.logDays,
      protect: config.protectData,
    };
    return [name, new Cluster(name, args, made).coordinates] as const;
  });

  if (config.delivery && network.delivery) {
    const clusterResourceIds = clusters.map(([, { resourceId }]) => resourceId);
    const place = { environment, accountId: config.accountId, region: config.region };
    const runner = { place, config: config.delivery, network: network.delivery, logDays: config.logDays };
    new DeliveryRunner("delivery", { ...runner, clusterResourceIds }, made);
  }

  return {
    subnetIds: network.subnetIds,
    functionSecurityGroupId: network.functionSecurityGroupId,
    clusters: Object.fromEntries(clusters),
  };
}
