import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../infra/naming.ts";
import { policyDocument, serviceTrust } from "../infra/policy.ts";
import { flagDocumentSchema } from "./document-schema.ts";
import { KillSwitch } from "./kill-switch.ts";
import { plan } from "./plan.ts";

/** AWS's limit of monitors in one environment. */
export const mostMonitors = 5;

export interface FlagStoreArgs {
  /** The environment, for physical names. */
  readonly environment: string;
  /** The alarms that stop a deployment while it bakes, at most five. */
  readonly monitorArns: readonly pulumi.Input<string>[];
}

/** Where one document is deployed to; the functions read `<applicationId>/<environmentId>/<profileId>`. */
export interface DocumentPlace {
  readonly applicationId: pulumi.Output<string>;
  readonly environmentId: pulumi.Output<string>;
  readonly profileId: pulumi.Output<string>;
}

/**
 * The AppConfig application with two environments: a deployment that bakes blocks every other one in its environment,
 * so the kill switch has its own. Its cap is armed here, once; the flag document is deployed by the rollout layer.
 */
export class FlagStore extends pulumi.ComponentResource {
  readonly rollout: DocumentPlace;
  readonly killSwitch: DocumentPlace;
  /** The numbers of the cap's two versions: 100 and 0. */
  readonly armedVersion: pulumi.Output<number>;
  readonly trippedVersion: pulumi.Output<number>;
  /** The id of the deployment strategy for each bake that the plan has, by its minutes. */
  readonly strategyIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: FlagStoreArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("flags", "FlagStore"), name, {}, options);
    if (args.monitorArns.length > mostMonitors) {
      throw new Error(
        `\`monitorArns\` has ${args.monitorArns.length} alarms; AppConfig takes at most ${mostMonitors}`,
      );
    }
    const application = new aws.appconfig.Application(
      name,
      { name: physicalName("appconfig", args.environment), description: "Which yachts Part Lens v2 serves" },
      { parent: this },
    );
    const monitors = this.#monitors(name, args);
    this.rollout = this.#place("rollout", application, monitors);
    this.killSwitch = this.#place("kill-switch", application, []);
    this.strategyIds = this.#strategies(args.environment);
    const cap = new KillSwitch(
      "kill-switch",
      { place: this.killSwitch, strategyId: this.strategyIds["0"]! },
      { parent: this },
    );
    this.armedVersion = cap.armedVersion;
    this.trippedVersion = cap.trippedVersion;
    this.registerOutputs(this.outputs);
  }

  /** What the rollout layer and the commands need to know. */
  get outputs() {
    const { rollout, killSwitch, armedVersion, trippedVersion, strategyIds } = this;
    return { rollout, killSwitch, armedVersion, trippedVersion, strategyIds };
  }

  #place(
    part: string,
    application: aws.appconfig.Application,
    monitors: aws.types.input.appconfig.EnvironmentMonitor[],
  ) {
    const own = { parent: this };
    const inputs = { name: part, applicationId: application.id, monitors };
    const environment = new aws.appconfig.Environment(part, inputs, own);
    const profile = new aws.appconfig.ConfigurationProfile(
      part,
      {
        name: part,
        applicationId: application.id,
        locationUri: "hosted",
        type: "AWS.Freeform",
        validators: [{ type: "JSON_SCHEMA", content: JSON.stringify(flagDocumentSchema) }],
      },
      own,
    );
    return {
      applicationId: application.id,
      environmentId: environment.environmentId,
      profileId: profile.configurationProfileId,
    };
  }

  /** The role with which AppConfig looks at the alarms: their state, and nothing else. */
  #monitors(name: string, args: FlagStoreArgs): aws.types.input.appconfig.EnvironmentMonitor[] {
    const inputs = {
      name: physicalName("role", args.environment, "flag-monitor"),
      description: "AppConfig looks at the monitors of a rollout",
      assumeRolePolicy: serviceTrust("appconfig.amazonaws.com"),
    };
    const role = new aws.iam.Role(`${name}-monitor`, inputs, { parent: this });
    const policy = pulumi.all([...args.monitorArns]).apply(monitorPolicy);
    new aws.iam.RolePolicy(`${name}-monitor`, { name: "monitor", role: role.name, policy }, { parent: this });
    return args.monitorArns.map((alarmArn) => ({ alarmArn, alarmRoleArn: role.arn }));
  }

  /** All at once, then a bake. Made here for every stage, so that a stage makes nothing but a version and a deployment. */
  #strategies(environment: string): Record<string, pulumi.Output<string>> {
    const bakes = [...new Set(plan.map((stage) => stage.bakeMinutes))];
    const strategies = bakes.map((minutes) => {
      const inputs = { ...allAtOnce, name: physicalName("appconfig", environment, `bake-${minutes}`) };
      const strategy = new aws.appconfig.DeploymentStrategy(
        `bake-${minutes}`,
        { ...inputs, finalBakeTimeInMinutes: minutes },
        { parent: this },
      );
      return [String(minutes), strategy.id] as const;
    });
    return Object.fromEntries(strategies);
  }
}

const allAtOnce = {
  description: "All at once, then a bake",
  deploymentDurationInMinutes: 0,
  growthFactor: 100,
  growthType: "LINEAR",
  replicateTo: "NONE",
} as const;

/** AppConfig asks with DescribeAlarms, which names the alarms it may see. */
export function monitorPolicy(alarmArns: readonly string[]): string {
  return policyDocument([{ Effect: "Allow", Action: "cloudwatch:DescribeAlarms", Resource: alarmArns }]);
}
