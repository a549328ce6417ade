import { z } from "zod";
import { AppConfigData } from "./app-config-data.ts";
import type { HostedVersion } from "./app-config-registry.ts";
import type { AppConfigService } from "./app-config-service.ts";
import { AwsError } from "./aws-error.ts";
import type { Deployment } from "./deployment.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";

const startInput = z.object({
  ConfigurationProfileId: z.string(),
  ConfigurationVersion: z.string().regex(/^\d+$/),
  DeploymentStrategyId: z.string(),
  Description: z.string().optional(),
});

const environmentPath = String.raw`^/applications/(\w+)/environments/(\w+)`;
const versionPath = String.raw`^/applications/(\w+)/configurationprofiles/(\w+)/hostedconfigurationversions`;

type Handler = (request: SignedRequest, parts: readonly string[]) => EndpointAnswer;

/**
 * AppConfig's REST protocol: deployments of an environment, its monitors, hosted versions of a profile; and its data
 * plane, which is signed for the same service and differs by its paths.
 */
export class AppConfigEndpoint implements EndpointProtocol {
  readonly service = "appconfig";
  readonly #appConfig: AppConfigService;
  readonly #data: AppConfigData;
  readonly #routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[];

  constructor(appConfig: AppConfigService) {
    this.#appConfig = appConfig;
    this.#data = new AppConfigData(appConfig);
    this.#routes = [
      ["GET", new RegExp(`${environmentPath}$`), this.#environment],
      ["POST", new RegExp(`${environmentPath}/deployments$`), this.#start],
      ["GET", new RegExp(`${environmentPath}/deployments$`), this.#list],
      ["GET", new RegExp(`${environmentPath}/deployments/(\\d+)$`), this.#deployment],
      ["DELETE", new RegExp(`${environmentPath}/deployments/(\\d+)$`), this.#stop],
      ["POST", new RegExp(`${versionPath}$`), this.#createVersion],
      ["GET", new RegExp(`${versionPath}$`), this.#versions],
      ["GET", new RegExp(`${versionPath}/(\\d+)$`), this.#version],
    ];
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    if (request.path.startsWith("/configuration")) return this.#data.answer(request);
    for (const [method, path, handler] of this.#routes) {
      const match = method === request.method ? path.exec(request.path) : null;
      if (match) return handler(request, match.slice(1));
    }
    const what = `${request.method} ${request.path}`;
    throw new AwsError("NotImplemented", `AppConfig operation ${what} is not simulated`, 501);
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { Message: error.message }, { "x-amzn-errortype": error.code });
  }

  #environment: Handler = (_, [application = "", environment = ""]) => {
    const found = this.#appConfig.environment(application, environment);
    const running = this.#of(application, environment).at(-1)?.state;
    const state = running === "BAKING" || running === "DEPLOYING" ? "DEPLOYING" : "READY_FOR_DEPLOYMENT";
    const Monitors = found.monitors.map((AlarmArn) => ({ AlarmArn }));
    return jsonAnswer(200, {
      ApplicationId: application,
      Id: found.id,
      Name: found.name,
      State: state,
      Monitors,
    });
  };

  #start: Handler = (request, [applicationId = "", environmentId = ""]) => {
    const input = startInput.parse(JSON.parse(Buffer.from(request.body).toString()));
    const deployment = this.#appConfig.startDeployment({
      applicationId,
      environmentId,
      profileId: input.ConfigurationProfileId,
      version: Number(input.ConfigurationVersion),
      strategyId: input.DeploymentStrategyId,
      description: input.Description,
    });
    return jsonAnswer(201, this.#shown(deployment));
  };

  #list: Handler = (_, [application = "", environment = ""]) => {
    this.#appConfig.environment(application, environment);
    // Newest first, as AWS answers.
    // A list has no descriptions, unlike a deployment asked for by its number.
    const items = this.#of(application, environment).map((deployment) => this.#summary(deployment));
    return jsonAnswer(200, { Items: items.reverse() });
  };

  #deployment: Handler = (_, [application = "", environment = "", number]) => {
    return jsonAnswer(200, this.#shown(this.#appConfig.deployment(application, environment, Number(number))));
  };

  #stop: Handler = (request, [applicationId = "", environmentId = "", number]) => {
    const allowRevert = request.headers["allow-revert"] === "true";
    const wanted = { applicationId, environmentId, number: Number(number), allowRevert };
    return jsonAnswer(202, this.#shown(this.#appConfig.stopDeployment(wanted)));
  };

  #createVersion: Handler = (request, [application = "", profile = ""]) => {
    const number = this.#appConfig.createVersion(application, profile, {
      content: Buffer.from(request.body).toString(),
      contentType: request.headers["content-type"] ?? "application/json",
      description: request.headers.description,
    });
    return versionAnswer(201, this.#appConfig.version(application, profile, number));
  };

  #versions: Handler = (_, [application = "", profile = ""]) => {
    const items = this.#appConfig.versions(application, profile).map((version) => ({
      ApplicationId: application,
      ConfigurationProfileId: profile,
      VersionNumber: version.number,
      ContentType: version.contentType,
      Description: version.description,
    }));
    return jsonAnswer(200, { Items: items.reverse() });
  };

  #version: Handler = (_, [application = "", profile = "", number]) =>
    versionAnswer(200, this.#appConfig.version(application, profile, Number(number)));

  #of(application: string, environment: string): Deployment[] {
    const { deployments } = this.#appConfig;
    return deployments.filter(
      (one) => one.applicationId === application && one.environmentId === environment,
    );
  }

  #shown(deployment: Deployment): unknown {
    return { ...this.#summary(deployment), Description: deployment.description };
  }

  #summary(deployment: Deployment): object {
    const strategy = this.#appConfig.strategy(deployment.strategyId);
    return {
      ApplicationId: deployment.applicationId,
      EnvironmentId: deployment.environmentId,
      DeploymentStrategyId: deployment.strategyId,
      ConfigurationProfileId: deployment.profileId,
      DeploymentNumber: deployment.number,
      ConfigurationVersion: String(deployment.version),
      DeploymentDurationInMinutes: strategy.deploymentDurationInMinutes,
      FinalBakeTimeInMinutes: strategy.finalBakeTimeInMinutes,
      State: deployment.state,
      PercentageComplete: 100,
      StartedAt: new Date(deployment.startedAt).toISOString(),
      ...(deployment.completedAt !== undefined && {
        CompletedAt: new Date(deployment.completedAt).toISOString(),
      }),
      EventLog: deployment.events.map(({ at, description }) => ({
        Description: description,
        OccurredAt: new Date(at).toISOString(),
      })),
    };
  }
}

function versionAnswer(status: number, version: HostedVersion): EndpointAnswer {
  return {
    status,
    headers: {
      "content-type": version.contentType,
      "application-id": version.applicationId,
      "configuration-profile-id": version.profileId,
      "version-number": String(version.number),
      ...(version.description && { description: version.description }),
    },
    body: version.content,
  };
}
