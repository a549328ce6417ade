import { targetOf } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

export const tlsOnlyCluster: Rule = {
  id: "tls-only-cluster",
  title: "A database cluster accepts no connection without TLS, and neither does a proxy before it.",
  judge: ({ type, inputs }, { resources }) => {
    if (type === "aws:rds/proxy:Proxy")
      return require(inputs.requireTls === true, "it takes connections without TLS", "requireTls");
    if (type !== "aws:rds/cluster:Cluster") return notApplicable;
    const group = inputs.dbClusterParameterGroupName;
    const found = targetOf(group, resources, "aws:rds/clusterParameterGroup:ClusterParameterGroup");
    if (!found) return violation("it has no parameter group of ours", "dbClusterParameterGroupName");
    const parameters = (found.inputs.parameters ?? []) as readonly { name?: unknown; value?: unknown }[];
    const forced = parameters.some(({ name, value }) => name === "rds.force_ssl" && String(value) === "1");
    return require(forced, "rds.force_ssl is not 1 in its parameter group", "parameters");
  },
};
