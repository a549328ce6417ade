import type { DeliveryConfig } from "../delivery-config.ts";
import { type Place, physicalName } from "../naming.ts";
import type { DeliveryPlace } from "../network/network.ts";
import { runnerRole } from "./runner-permissions.ts";

export interface BuildProjectSettings {
  readonly place: Place;
  readonly config: DeliveryConfig;
  readonly network: DeliveryPlace;
}

/** What it runs, in the repository. */
export const buildspecFile = "infra/delivery/buildspec.yml";

/** A service update waits for the migrator, and reconciling waits until alarms are quiet. Minutes. */
const timeoutMinutes = 180;

/** What a build is: its source, its container, its place in the network, its variables. */
export function projectInputs({ place, config, network }: BuildProjectSettings) {
  return {
    name: physicalName("buildProject", place.environment, runnerRole),
    description: "Updates the service and rollout layers of Part Lens",
    source: {
      type: "GITHUB",
      location: config.repository,
      auth: { type: "CODECONNECTIONS", resource: config.connectionArn },
      buildspec: buildspecFile,
      // The whole history: it commits what it reconciles.
      gitCloneDepth: 0,
    },
    sourceVersion: config.branch,
    artifacts: { type: "NO_ARTIFACTS" },
    environment: {
      type: "ARM_CONTAINER",
      computeType: "BUILD_GENERAL1_SMALL",
      image: "aws/codebuild/amazonlinux-aarch64-standard:3.0",
      imagePullCredentialsType: "CODEBUILD",
      privilegedMode: false,
      environmentVariables: variablesOf(place, config),
    },
    vpcConfig: {
      vpcId: network.vpcId,
      subnets: [network.subnetId],
      securityGroupIds: [network.securityGroupId],
    },
    buildTimeout: timeoutMinutes,
    queuedTimeout: 480,
  };
}

/** None is a secret: Pulumi Cloud's access token is named here, and read by the build. */
function variablesOf({ environment }: Place, config: DeliveryConfig) {
  const plain = {
    STACK_ENVIRONMENT: environment,
    DELIVERY_MODE: "update",
    DELIVERY_BRANCH: config.branch,
    PULUMI_BACKEND_URL: config.backendUrl,
  };
  const variables = Object.entries(plain).map(([name, value]) => ({ name, value, type: "PLAINTEXT" }));
  if (!config.accessTokenSecretArn) return variables;
  const token = { name: "PULUMI_ACCESS_TOKEN", value: config.accessTokenSecretArn, type: "SECRETS_MANAGER" };
  return [...variables, token];
}
