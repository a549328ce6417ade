import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
} from "@aws-sdk/client-appconfig";
import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata";
import type { Resolver } from "../../infra/preview/reference.ts";
import { FlagDeployments } from "../../monitoring/rollout/aws/flag-deployments-adapter.ts";
import type { DocumentPlace } from "../../monitoring/rollout/aws/service-facts.ts";

const places = ["rollout", "kill-switch"] as const;
type PlaceName = (typeof places)[number];

/** The flag store as the program makes it, in the emulator: one application with two environments. */
export class FlagPlace {
  /** The ids by what the plan refers to them by. */
  readonly #ids: ReadonlyMap<string, string>;

  private constructor(ids: ReadonlyMap<string, string>) {
    this.#ids = ids;
  }

  static async make(): Promise<FlagPlace> {
    const appConfig = new AppConfigClient({});
    const { Id: application = "" } = await appConfig.send(new CreateApplicationCommand({ Name: "flags" }));
    const ids = new Map([["application::flags::id", application]]);
    const owner = { ApplicationId: application };
    for (const Name of places) {
      const environment = await appConfig.send(new CreateEnvironmentCommand({ ...owner, Name }));
      ids.set(`environment::${Name}::environmentId`, environment.Id ?? "");
      const hosted = { ...owner, Name, LocationUri: "hosted" };
      const profile = await appConfig.send(new CreateConfigurationProfileCommand(hosted));
      ids.set(`configurationProfile::${Name}::configurationProfileId`, profile.Id ?? "");
    }
    for (const FinalBakeTimeInMinutes of [0, 60, 1440]) {
      const Name = `bake-${FinalBakeTimeInMinutes}`;
      const atOnce = { DeploymentDurationInMinutes: 0, GrowthFactor: 100, ReplicateTo: "NONE" } as const;
      const strategy = new CreateDeploymentStrategyCommand({ Name, ...atOnce, FinalBakeTimeInMinutes });
      ids.set(`deploymentStrategy::${Name}::id`, (await appConfig.send(strategy)).Id ?? "");
    }
    return new FlagPlace(ids);
  }

  /** Answers the plan's references to it. */
  readonly known: Resolver = ({ type, name, property }) => {
    const kind = /^aws:appconfig\/(\w+):/.exec(type)?.[1];
    return this.#ids.get(`${kind}::${name}::${property}`);
  };

  at(name: PlaceName): DocumentPlace {
    return {
      applicationId: this.#ids.get("application::flags::id") ?? "",
      environmentId: this.#ids.get(`environment::${name}::environmentId`) ?? "",
      profileId: this.#ids.get(`configurationProfile::${name}::configurationProfileId`) ?? "",
    };
  }

  /** The id of the strategy with that bake. */
  strategy(bakeMinutes: 0 | 60 | 1440): string {
    return this.#ids.get(`deploymentStrategy::bake-${bakeMinutes}::id`) ?? "";
  }

  /** A hosted version of that content; its number. */
  async version(name: PlaceName, content: string): Promise<string> {
    const { applicationId, profileId } = this.at(name);
    const place = { ApplicationId: applicationId, ConfigurationProfileId: profileId };
    const document = { ContentType: "application/json", Content: Buffer.from(content) };
    const command = new CreateHostedConfigurationVersionCommand({ ...place, ...document });
    return `${(await new AppConfigClient({}).send(command)).VersionNumber}`;
  }

  /** Its deployments as whoever has these credentials; default whose this process has. */
  deployments(name: PlaceName, credentials?: object): FlagDeployments {
    const given = credentials ? { credentials: credentials as never } : {};
    const clients = { appConfig: new AppConfigClient(given), appConfigData: new AppConfigDataClient(given) };
    return new FlagDeployments(this.at(name), { ...clients, pauseMilliseconds: 100 });
  }
}
