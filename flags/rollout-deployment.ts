import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../infra/naming.ts";

export interface RolloutDeploymentArgs {
  /** Where the flag document is deployed to. */
  readonly applicationId: pulumi.Input<string>;
  readonly environmentId: pulumi.Input<string>;
  readonly profileId: pulumi.Input<string>;
  /** The strategy with the stage's bake. */
  readonly strategyId: pulumi.Input<string>;
  /** The stage, for those who read the list of deployments. */
  readonly stage: string;
  /** The flag document, as text. */
  readonly document: pulumi.Input<string>;
}

/**
 * A stage: one version of the flag document, and its deployment. Moving the canary replaces these two and nothing
 * else. A version is kept when it is replaced (a bake may return to it), and the new one is made first: a number that
 * was deleted would be given again.
 */
export class RolloutDeployment extends pulumi.ComponentResource {
  readonly version: pulumi.Output<number>;

  constructor(name: string, args: RolloutDeploymentArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("flags", "RolloutDeployment"), name, {}, options);
    const place = { applicationId: args.applicationId, configurationProfileId: args.profileId };
    const version = new aws.appconfig.HostedConfigurationVersion(
      name,
      { ...place, content: args.document, contentType: "application/json", description: args.stage },
      { parent: this, retainOnDelete: true },
    );
    new aws.appconfig.Deployment(
      name,
      {
        ...place,
        environmentId: args.environmentId,
        configurationVersion: pulumi.interpolate`${version.versionNumber}`,
        deploymentStrategyId: args.strategyId,
        description: args.stage,
      },
      { parent: this },
    );
    this.version = version.versionNumber;
    this.registerOutputs({ version: this.version });
  }
}
