/** The foundation layer: the network, the database clusters, and who updates the other layers from inside. */
import { accountProvider } from "./account.ts";
import { foundationConfig } from "./config.ts";
import { Cluster } from "./database/cluster.ts";
import { DeliveryRunner } from "./delivery/delivery-runner.ts";
import type { StackName } from "./naming.ts";
import { Network } from "./network/network.ts";
import { PortForward } from "./network/port-forward.ts";

export async function foundation(stack: StackName) {
  const config = foundationConfig(stack);
  const { accountId, delivery, endpointZones, logDays, portForward, region, zones } = config;
  const place = { environment: stack.environment, accountId, region };
  const made = { providers: [accountProvider(stack, config)] };

  const wanted = {
    delivery: delivery !== false,
    portForward,
    proxy: config.clusters.some(({ proxy }) => proxy),
  };
  const network = new Network(
    "network",
    { cidr: config.vpcCidr, zones, endpointZones, region, ...wanted },
    made,
  );
  const clusters = config.clusters.map(({ name, proxy, ...size }) => {
    const args = {
      ...size,
      place,
      subnetIds: network.subnetIds,
      securityGroupId: network.databaseSecurityGroupId,
      proxySecurityGroupId: proxy ? network.proxySecurityGroupId : undefined,
      backupDays: config.backupDays,
      logDays,
      protect: config.protectData,
    };
    return [name, new Cluster(name, args, made).coordinates] as const;
  });
  if (delivery && network.delivery) {
    const reached = clusters.map(([, coordinates]) => coordinates);
    const runner = { place, config: delivery, network: network.delivery, logDays, clusters: reached };
    new DeliveryRunner("delivery", runner, made);
  }
  const host =
    network.portForward && new PortForward("port-forward", { place, ...network.portForward }, made);

  return {
    subnetIds: network.subnetIds,
    functionSecurityGroupId: network.functionSecurityGroupId,
    clusters: Object.fromEntries(clusters),
    ...(host && { portForwardInstanceId: host.instanceId }),
  };
}
