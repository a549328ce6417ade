import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type EnvironmentName, environments, layers } from "../../infra/naming.ts";
import type { PlannedResource } from "../../infra/preview/graph.ts";
import { committedGraph, snapshotDirectory } from "../../infra/preview/snapshot.ts";

/** How many an environment has of what is paid for by the month, each. */
function countsOf(environment: EnvironmentName): Record<string, number> {
  const all = layers.flatMap((layer) => committedGraph(environment, layer, snapshotDirectory).resources);
  const of = (type: string) => all.filter((resource) => resource.type === `aws:${type}`);
  const sum = (resources: PlannedResource[], list: string) =>
    resources.reduce(
      (total, { inputs }) => total + ((inputs[list] as unknown[] | undefined)?.length ?? 0),
      0,
    );
  return {
    "KMS keys": of("kms/key:Key").length,
    "Aurora clusters": of("rds/cluster:Cluster").length,
    "Aurora instances": of("rds/clusterInstance:ClusterInstance").length,
    "interface endpoints, each zone for itself": sum(of("ec2/vpcEndpoint:VpcEndpoint"), "subnetIds"),
    "NAT gateways": of("ec2/natGateway:NatGateway").length,
    "web ACLs": of("wafv2/webAcl:WebAcl").length,
    "rules of web ACLs": sum(of("wafv2/webAcl:WebAcl"), "rules"),
    "CloudFront distributions": of("cloudfront/distribution:Distribution").length,
    dashboards: of("cloudwatch/dashboard:Dashboard").length,
  };
}

it("docs/cost.md counts what the graphs of dev, staging and prod have", () => {
  const text = readFileSync("docs/cost.md", "utf8");
  const counts = environments.filter((name) => name !== "local").map(countsOf);
  for (const what of Object.keys(counts[0]!)) {
    const row = `| ${what} | ${counts.map((count) => count[what]).join(" | ")} |`;
    expect(text.split("\n")).toContain(row);
  }
});
