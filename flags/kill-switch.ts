import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../infra/naming.ts";
import { capDocument } from "./document.ts";
import type { DocumentPlace } from "./flag-store.ts";

export interface KillSwitchArgs {
  /** Where the cap is deployed to. */
  readonly place: DocumentPlace;
  /** The strategy without a bake: the switch acts at once. */
  readonly strategyId: pulumi.Input<string>;
}

/**
 * The cap on v2, armed (100) by the first update and never touched again by Pulumi: from then on the rollback function
 * deploys the tripped version (0), and an acknowledgement the armed one. Both versions exist from the start, so that
 * a rollback makes nothing.
 */
export class KillSwitch extends pulumi.ComponentResource {
  /** The numbers of the hosted versions. */
  readonly armedVersion: pulumi.Output<number>;
  readonly trippedVersion: pulumi.Output<number>;

  constructor(name: string, args: KillSwitchArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("flags", "KillSwitch"), name, {}, options);
    const { applicationId, environmentId, profileId } = args.place;
    const version = (part: string, cap: 0 | 100, after: pulumi.Resource[]) =>
      new aws.appconfig.HostedConfigurationVersion(
        `${name}-${part}`,
        {
          applicationId,
          configurationProfileId: profileId,
          content: capDocument(cap),
          contentType: "application/json",
          description: `cap ${cap}`,
        },
        { parent: this, retainOnDelete: true, dependsOn: after },
      );
    const armed = version("armed", 100, []);
    // After the other: two versions of one profile at the same moment are given the same number.
    const tripped = version("tripped", 0, [armed]);
    new aws.appconfig.Deployment(
      name,
      {
        applicationId,
        environmentId,
        configurationProfileId: profileId,
        configurationVersion: pulumi.interpolate`${armed.versionNumber}`,
        deploymentStrategyId: args.strategyId,
        description: "Arms the kill switch",
      },
      { parent: this, ignoreChanges: ["configurationVersion", "deploymentStrategyId", "description"] },
    );
    this.armedVersion = armed.versionNumber;
    this.trippedVersion = tripped.versionNumber;
    this.registerOutputs({ armedVersion: this.armedVersion, trippedVersion: this.trippedVersion });
  }
}
