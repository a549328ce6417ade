import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../api/env.ts";
import type { DocumentPlace, FlagStore } from "../../flags/flag-store.ts";
import type { ServiceConfig } from "../config.ts";
import { type Place, roleArn } from "../naming.ts";
import type { Storage } from "../storage/storage.ts";
import { sessionRoleName } from "./api-permissions.ts";

export interface ApiVariablesArgs {
  readonly place: Place;
  readonly config: ServiceConfig;
  /** Hash of the API's bundle. */
  readonly codeVersion: string;
  readonly migrationHash: string;
  readonly master: MasterPlace;
  /** By the address of a cluster, that of the proxy in front of it. */
  readonly proxies: pulumi.Output<Readonly<Record<string, string>>>;
  /** Where the flag document and the cap are. */
  readonly flags: FlagStore;
  /** The key that seals TOTP secrets. */
  readonly signerKeyArn: pulumi.Output<string>;
  /** The objects of the yachts. */
  readonly storage: Storage;
  /** SHA-256 of the key that comes with every request by the public address. */
  readonly originKeyHash: pulumi.Output<string> | undefined;
}

/** The address of the MASTER database. */
export interface MasterPlace {
  readonly host: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly database: pulumi.Output<string>;
}

type Variables<Name extends string> = Record<Name, pulumi.Input<string>>;

/** The variables of the API's function: all that its code reads, or this does not compile. None is a secret. */
export function apiVariables(
  args: ApiVariablesArgs,
): Variables<keyof Environment | "DATABASE_PROXIES"> & Partial<Variables<"ORIGIN_KEY_SHA256">> {
  const { config, originKeyHash } = args;
  return {
    STACK_ENVIRONMENT: args.place.environment,
    CODE_VERSION: args.codeVersion,
    MIGRATION_HASH: args.migrationHash,
    ...masterVariables(args.master),
    DATABASE_PROXIES: pulumi.jsonStringify(args.proxies),
    DATABASE_POOL_MAX: `${config.poolMax}`,
    JWT_ISSUER: config.identity.issuer,
    JWT_AUDIENCE: config.identity.audience,
    JWKS: config.identity.jwks,
    FLAG_DOCUMENT: documentName(args.flags.rollout),
    KILL_SWITCH: documentName(args.flags.killSwitch),
    FLAG_POLL_SECONDS: `${config.flagPollSeconds}`,
    SIGNER_KEY: args.signerKeyArn,
    BUCKETS: pulumi.jsonStringify(args.storage.names),
    // Written by its name: the role trusts the function's, and so is made after it.
    SESSION_ROLE: roleArn(args.place, sessionRoleName),
    DEADLINE_MILLISECONDS: `${config.deadlineMilliseconds}`,
    ...(originKeyHash && { ORIGIN_KEY_SHA256: originKeyHash }),
  };
}

/** The variables of whatever signs in to MASTER. */
export function masterVariables(master: MasterPlace) {
  return {
    MASTER_HOST: master.host,
    MASTER_PORT: pulumi.interpolate`${master.port}`,
    MASTER_DATABASE: master.database,
  };
}

function documentName(place: DocumentPlace): pulumi.Output<string> {
  return pulumi.interpolate`${place.applicationId}/${place.environmentId}/${place.profileId}`;
}
