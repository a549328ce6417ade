import { createHash } from "node:crypto";
import { z } from "zod";
import { AwsError } from "./aws-error.ts";

export interface Environment {
  readonly id: string;
  readonly applicationId: string;
  readonly name: string;
  /** ARNs of the alarms that roll a deployment back. */
  readonly monitors: readonly string[];
}

export interface HostedVersion {
  readonly applicationId: string;
  readonly profileId: string;
  readonly number: number;
  readonly content: string;
  readonly contentType: string;
  readonly description?: string | undefined;
}

export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly deploymentDurationInMinutes: number;
  readonly finalBakeTimeInMinutes: number;
}

interface Profile {
  readonly id: string;
  readonly applicationId: string;
  readonly name: string;
  /** What a document must be to be deployed. */
  readonly schemas: readonly z.ZodType[];
  readonly versions: Map<number, HostedVersion>;
  next: number;
}

/** AWS's own strategy of that name. Source: AppConfig guide, "Predefined deployment strategies". */
const allAtOnce: Strategy = {
  id: "AppConfig.AllAtOnce",
  name: "AppConfig.AllAtOnce",
  deploymentDurationInMinutes: 0,
  finalBakeTimeInMinutes: 10,
};

/** AWS takes at most five alarms for an environment. */
const monitorLimit = 5;
const longestBake = 1440;

/**
 * What an AppConfig account holds besides deployments. Ids are derived from names, so that a stack made again has
 * the ids it had; every lookup throws AwsError ResourceNotFoundException.
 */
export class AppConfigRegistry {
  readonly #applications = new Map<string, string>();
  readonly #environments = new Map<string, Environment>();
  readonly #profiles = new Map<string, Profile>();
  readonly #strategies = new Map<string, Strategy>([[allAtOnce.id, allAtOnce]]);

  putApplication(name: string): string {
    const id = idOf("application", name);
    this.#applications.set(id, name);
    return id;
  }

  putEnvironment(applicationId: string, name: string, monitors: readonly string[]): string {
    this.#application(applicationId);
    if (monitors.length > monitorLimit)
      throw new AwsError("BadRequestException", `${monitors.length} monitors, at most ${monitorLimit}`);
    const id = idOf("environment", applicationId, name);
    this.#environments.set(id, { id, applicationId, name, monitors });
    return id;
  }

  /** `schemas`: the JSON Schema validators, as text; they are asked when a deployment starts. */
  putProfile(applicationId: string, name: string, schemas: readonly string[] = []): string {
    this.#application(applicationId);
    const id = idOf("profile", applicationId, name);
    const { versions, next } = this.#profiles.get(id) ?? { versions: new Map(), next: 1 };
    const compiled = schemas.map((schema) => z.fromJSONSchema(JSON.parse(schema)));
    this.#profiles.set(id, { id, applicationId, name, schemas: compiled, versions, next });
    return id;
  }

  putStrategy(wanted: Omit<Strategy, "id">): string {
    if (wanted.finalBakeTimeInMinutes < 0 || wanted.finalBakeTimeInMinutes > longestBake)
      throw new AwsError("BadRequestException", `a bake lasts 0…${longestBake} minutes`);
    // A step of the growth would need a client that knows its share: only all at once is simulated.
    if (wanted.deploymentDurationInMinutes !== 0)
      throw new AwsError("BadRequestException", "only strategies of 0 minutes (all at once) are simulated");
    const id = idOf("strategy", wanted.name);
    this.#strategies.set(id, { id, ...wanted });
    return id;
  }

  /** Numbers count up per profile and are never used twice. */
  createVersion(applicationId: string, profileId: string, version: VersionContent): number {
    const profile = this.#profile(applicationId, profileId);
    const number = profile.next++;
    profile.versions.set(number, { applicationId, profileId, number, ...version });
    return number;
  }

  version(applicationId: string, profileId: string, number: number): HostedVersion {
    const found = this.#profile(applicationId, profileId).versions.get(number);
    return found ?? missing(`version ${number} of profile ${profileId}`);
  }

  /** Throws AwsError BadRequestException for a version that one of the profile's validators refuses. */
  validate(applicationId: string, profileId: string, number: number): void {
    const { content } = this.version(applicationId, profileId, number);
    for (const schema of this.#profile(applicationId, profileId).schemas) {
      const result = schema.safeParse(parsed(content));
      if (!result.success)
        throw new AwsError(
          "BadRequestException",
          `version ${number} is invalid: ${z.prettifyError(result.error)}`,
        );
    }
  }

  versions(applicationId: string, profileId: string): readonly HostedVersion[] {
    return [...this.#profile(applicationId, profileId).versions.values()];
  }

  deleteVersion(applicationId: string, profileId: string, number: number): void {
    this.#profile(applicationId, profileId).versions.delete(number);
  }

  environment(applicationId: string, environmentId: string): Environment {
    const found = this.#environments.get(environmentId);
    return found?.applicationId === applicationId ? found : missing(`environment ${environmentId}`);
  }

  strategy(id: string): Strategy {
    return this.#strategies.get(id) ?? missing(`deployment strategy ${id}`);
  }

  /** Forgets an application, environment, profile or strategy; unknown ids are ignored. */
  delete(id: string): void {
    for (const map of [this.#applications, this.#environments, this.#profiles, this.#strategies])
      map.delete(id);
  }

  #application(id: string): string {
    return this.#applications.get(id) ?? missing(`application ${id}`);
  }

  #profile(applicationId: string, id: string): Profile {
    const found = this.#profiles.get(id);
    return found?.applicationId === applicationId ? found : missing(`configuration profile ${id}`);
  }
}

export interface VersionContent {
  readonly content: string;
  readonly contentType: string;
  readonly description?: string | undefined;
}

/** Seven small letters and digits, as AppConfig's ids are. */
function idOf(...parts: readonly string[]): string {
  const digest = createHash("sha256").update(parts.join("/")).digest();
  return digest.readBigUInt64BE().toString(36).padStart(7, "0").slice(-7);
}

/** The document; undefined, which no schema accepts, when it is no JSON. */
function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function missing(what: string): never {
  throw new AwsError("ResourceNotFoundException", `no ${what}`, 404);
}
