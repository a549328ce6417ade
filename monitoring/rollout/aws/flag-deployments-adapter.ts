import {
  type AppConfigClient,
  ConflictException,
  type DeploymentSummary,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import type { AppConfigDataClient } from "@aws-sdk/client-appconfigdata";
import { appConfigSource } from "../../../flags/app-config-source.ts";
import { attempt } from "../../attempt.ts";
import type { DocumentPlace } from "./service-facts.ts";

/** A deployment as AppConfig lists it. */
export interface FlagDeployment {
  readonly number: number;
  readonly state: string;
  readonly version: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly bakeMinutes: number;
}

export interface NewDeployment {
  readonly version: string;
  readonly strategyId: string;
  readonly description: string;
}

const running = new Set(["VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK"]);
const tries = 10;
/** Longer than a request waits: no crew does meanwhile. Milliseconds. */
const forAnOperator = { first: 20_000, later: 20_000 };

/** Still under way: no other deployment may start in its environment. */
export function isUnderWay({ state }: Pick<FlagDeployment, "state">): boolean {
  return running.has(state);
}

const takenBack = new Set(["ROLLING_BACK", "ROLLED_BACK", "REVERTED"]);

/** By its monitors, or because somebody has stopped it. */
export function isUndone({ state }: Pick<FlagDeployment, "state">): boolean {
  return takenBack.has(state);
}

/** Documents and deployments of one place in AppConfig. Throws what the SDK throws. */
export class FlagDeployments {
  readonly #place: DocumentPlace;
  readonly #control: Pick<AppConfigClient, "send">;
  readonly #data: Pick<AppConfigDataClient, "send">;
  readonly #pauseMilliseconds: number;

  constructor(
    place: DocumentPlace,
    clients: {
      readonly appConfig: Pick<AppConfigClient, "send">;
      readonly appConfigData: Pick<AppConfigDataClient, "send">;
      readonly pauseMilliseconds: number;
    },
  ) {
    this.#place = place;
    this.#control = clients.appConfig;
    this.#data = clients.appConfigData;
    this.#pauseMilliseconds = clients.pauseMilliseconds;
  }

  /** The document as the functions are given it now; undefined before the first. */
  async document(): Promise<string | undefined> {
    const { applicationId: application, environmentId: environment, profileId: profile } = this.#place;
    const polled = await appConfigSource(
      { application, environment, profile },
      this.#data,
      Date.now,
      forAnOperator,
    ).poll();
    return typeof polled === "string" ? undefined : polled.content;
  }

  /** The newest first, one page: as many as matter to a rollout. */
  async deployments(): Promise<readonly FlagDeployment[]> {
    const { Items = [] } = await this.#control.send(
      new ListDeploymentsCommand({ ...this.#environment(), MaxResults: 50 }),
    );
    return Items.map(shown).sort((a, b) => b.number - a.number);
  }

  /** What each hosted version of the document is described as, by its number: its stage. A list tells no more. */
  async descriptions(): Promise<ReadonlyMap<string, string>> {
    const ids = { ApplicationId: this.#place.applicationId, ConfigurationProfileId: this.#place.profileId };
    const found = new Map<string, string>();
    for (let token: string | undefined, more = true; more; ) {
      const page = await this.#control.send(
        new ListHostedConfigurationVersionsCommand({ ...ids, NextToken: token }),
      );
      for (const { Description, VersionNumber } of page.Items ?? [])
        if (Description) found.set(`${VersionNumber}`, Description);
      token = page.NextToken;
      more = token !== undefined;
    }
    return found;
  }

  /**
   * Starts the deployment; whatever else runs in that environment gives way, unless it is this very version on its way
   * already: stopping that would undo it. Says what it did.
   */
  async deploy({ version, strategyId, description }: NewDeployment): Promise<string> {
    const start = new StartDeploymentCommand({
      ...this.#environment(),
      ConfigurationProfileId: this.#place.profileId,
      ConfigurationVersion: version,
      DeploymentStrategyId: strategyId,
      Description: description,
    });
    // Only a conflict is worth our own tries: what else can be tried again, the SDK has tried.
    return attempt(tries, this.#pauseMilliseconds, async (giveUp) => {
      try {
        return `deployment ${(await this.#control.send(start)).DeploymentNumber}`;
      } catch (error) {
        if (!(error instanceof ConflictException)) throw giveUp(error);
        const other = (await this.deployments()).find(isUnderWay);
        if (other?.version === version) return `deployment ${other.number} is on its way`;
        if (other) await this.stop(other);
        throw error;
      }
    });
  }

  /** Ends one that still runs or bakes; AppConfig then restores the document before it. */
  async stop({ number }: Pick<FlagDeployment, "number">): Promise<void> {
    await this.#control.send(
      new StopDeploymentCommand({ ...this.#environment(), DeploymentNumber: number, AllowRevert: true }),
    );
  }

  #environment() {
    return { ApplicationId: this.#place.applicationId, EnvironmentId: this.#place.environmentId };
  }
}

function shown(item: DeploymentSummary): FlagDeployment {
  return {
    number: item.DeploymentNumber ?? 0,
    state: item.State ?? "unknown",
    version: item.ConfigurationVersion ?? "",
    startedAt: (item.StartedAt ?? new Date(0)).toISOString(),
    bakeMinutes: item.FinalBakeTimeInMinutes ?? 0,
  };
}
