import { targetOf } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

interface Variable {
  readonly name?: string;
  readonly type?: string;
}

/** Named like a secret: its value belongs into a secret's or a parameter's place. */
const secretName = /(password|secret|token|key|credential)s?$/i;

export const buildProject: Rule = {
  id: "build-project",
  title:
    "A build runs inside the network, without privileges, writes to a log group of ours, and has no secret as plain text.",
  judge: ({ type, inputs }, { resources }) => {
    if (type !== "aws:codebuild/project:Project") return notApplicable;
    const { privilegedMode, environmentVariables = [] } = (inputs.environment ?? {}) as {
      privilegedMode?: boolean;
      environmentVariables?: readonly Variable[];
    };
    if (privilegedMode) return violation("its container has privileges", "environment.privilegedMode");
    const plain = environmentVariables.findIndex(
      ({ name = "", type = "PLAINTEXT" }) => type === "PLAINTEXT" && secretName.test(name),
    );
    if (plain >= 0)
      return violation("a secret is plain text", `environment.environmentVariables[${plain}].type`);
    if (!inputs.vpcConfig) return violation("it runs outside the network", "vpcConfig");
    const { cloudwatchLogs } = (inputs.logsConfig ?? {}) as { cloudwatchLogs?: { groupName?: unknown } };
    const log = targetOf(cloudwatchLogs?.groupName, resources, "aws:cloudwatch/logGroup:LogGroup");
    return require(log !== undefined, "it writes to no log group of ours", "logsConfig.cloudwatchLogs");
  },
};
