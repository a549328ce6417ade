import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  type Monitor,
  StartDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import type { AppConfigIdentity } from "../../flags/app-config-source.ts";
import { flagDocumentSchema } from "../../flags/document-schema.ts";

/** A document in AppConfig: its place, its versions, its deployments; as the flag store makes it. */
export interface Document {
  readonly place: AppConfigIdentity;
  version(content: string): Promise<number>;
  /** Deploys a version all at once, with that bake; the number of the deployment. */
  deploy(version: number, bakeMinutes: number): Promise<number>;
  /** States of the deployments, the newest first. */
  states(): Promise<readonly (string | undefined)[]>;
  strategy(bakeMinutes: number): Promise<string>;
}

/** A new application with one environment and one profile. */
export async function newDocument(name: string, monitors: readonly Monitor[] = []): Promise<Document> {
  const appConfig = new AppConfigClient({});
  const { Id: application = "" } = await appConfig.send(new CreateApplicationCommand({ Name: name }));
  const owned = { ApplicationId: application, Name: name };
  const { Id: environment = "" } = await appConfig.send(
    new CreateEnvironmentCommand({ ...owned, Monitors: [...monitors] }),
  );
  const validator = { Type: "JSON_SCHEMA" as const, Content: JSON.stringify(flagDocumentSchema) };
  const { Id: profile = "" } = await appConfig.send(
    new CreateConfigurationProfileCommand({ ...owned, LocationUri: "hosted", Validators: [validator] }),
  );
  const within = { ApplicationId: application, EnvironmentId: environment };
  const strategy = async (bakeMinutes: number) => {
    const { Id = "" } = await appConfig.send(
      new CreateDeploymentStrategyCommand({
        Name: `${name}-${bakeMinutes}`,
        DeploymentDurationInMinutes: 0,
        FinalBakeTimeInMinutes: bakeMinutes,
        GrowthFactor: 100,
        ReplicateTo: "NONE",
      }),
    );
    return Id;
  };
  return {
    place: { application, environment, profile },
    strategy,
    async version(content) {
      const { VersionNumber = 0 } = await appConfig.send(
        new CreateHostedConfigurationVersionCommand({
          ApplicationId: application,
          ConfigurationProfileId: profile,
          ContentType: "application/json",
          Content: Buffer.from(content),
        }),
      );
      return VersionNumber;
    },
    async deploy(version, bakeMinutes) {
      const { DeploymentNumber = 0 } = await appConfig.send(
        new StartDeploymentCommand({
          ...within,
          ConfigurationProfileId: profile,
          ConfigurationVersion: `${version}`,
          DeploymentStrategyId: await strategy(bakeMinutes),
        }),
      );
      return DeploymentNumber;
    },
    async states() {
      const { Items = [] } = await appConfig.send(new ListDeploymentsCommand(within));
      const newestFirst = Items.toSorted((a, b) => (b.DeploymentNumber ?? 0) - (a.DeploymentNumber ?? 0));
      return newestFirst.map(({ State }) => State);
    },
  };
}
