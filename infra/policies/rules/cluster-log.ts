import { notApplicable, type Rule, require } from "../rule.ts";
import { listOf } from "../statements.ts";

export const clusterLog: Rule = {
  id: "cluster-log",
  title:
    "The logs that a cluster exports go to log groups that were made before it: RDS's own have no retention.",
  judge: ({ type, inputs }, { resources }) => {
    if (type !== "aws:rds/cluster:Cluster") return notApplicable;
    const names = listOf(inputs.enabledCloudwatchLogsExports).map(
      (log) => `/aws/rds/cluster/${String(inputs.clusterIdentifier)}/${log}`,
    );
    const ours = resources
      .filter((one) => one.type === "aws:cloudwatch/logGroup:LogGroup")
      .map((one) => one.inputs.name);
    const missing = names.filter((name) => !ours.includes(name));
    return require(missing.length ===
      0, `there is no log group ${missing.join(", ")}`, "enabledCloudwatchLogsExports");
  },
};
