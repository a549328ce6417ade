import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FlagStore } from "../../flags/flag-store.ts";
import { pinnedAlias } from "../../flags/pin.ts";
import type { ServiceConfig } from "../config.ts";
import { type Clusters, proxiesOf } from "../fleet.ts";
import { componentType, type Place } from "../naming.ts";
import { EncryptionKey } from "../storage/encryption-key.ts";
import { SessionRole } from "../storage/session-role.ts";
import type { Storage } from "../storage/storage.ts";
import { apiStatements, sessionRoleName } from "./api-permissions.ts";
import { apiVariables, type MasterPlace } from "./api-variables.ts";
import type { Bundle } from "./bundle.ts";
import type { HttpApi } from "./http-api.ts";
import { HttpRoute } from "./http-route.ts";
import { type Placement, ServiceFunction } from "./service-function.ts";

export interface ApiArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  readonly config: ServiceConfig;
  /** The code. */
  readonly bundle: Bundle;
  /** Names the SQL that the code expects. */
  readonly migrationHash: string;
  readonly master: MasterPlace;
  /** The clusters it signs in to. */
  readonly clusters: pulumi.Output<Clusters>;
  /** Where in the network it runs. */
  readonly placement: Placement;
  /** Which yachts v2 serves. */
  readonly flags: FlagStore;
  /** The objects of the yachts. */
  readonly storage: Storage;
  /** The roles besides its own that take yachts' sessions. */
  readonly sessionRoleArns: readonly pulumi.Output<string>[];
  /** What sends it requests. */
  readonly httpApi: HttpApi;
  /** SHA-256 of the key that comes with every request by the public address; undefined: none does. */
  readonly originKeyHash: pulumi.Output<string> | undefined;
  /** Whether the second way down was taken and not taken back. */
  readonly pinHolds: pulumi.Output<boolean>;
  /** The version that serves; undefined: the one published now. */
  readonly serves: pulumi.Output<number | undefined>;
  /** New code serves only when these are done: the databases' SQL comes first. */
  readonly after: readonly pulumi.Resource[];
}

/** Seconds that Lambda, and then the HTTP API, wait beyond the handler's deadline: it is the handler who answers. */
const grace = { function: 3, gateway: 4 } as const;

/** Milliseconds until the HTTP API answers by itself. */
export function gatewayTimeout({
  deadlineMilliseconds,
}: Pick<ServiceConfig, "deadlineMilliseconds">): number {
  return deadlineMilliseconds + grace.gateway * 1000;
}

/** Part Lens: the function, the key that seals its signers' secrets, its way to the objects, its public route. */
export class Api extends pulumi.ComponentResource {
  /** What the pin points elsewhere, and where it points it; `liveUri` is where it points otherwise. */
  readonly integrationId: pulumi.Output<string>;
  readonly pinned: aws.lambda.Alias;
  readonly liveUri: pulumi.Output<string>;
  /** The function, and the numbers of its version that serves and of the one published last. */
  readonly functionArn: pulumi.Output<string>;
  readonly served: pulumi.Output<string>;
  readonly published: pulumi.Output<string>;

  constructor(name: string, args: ApiArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Api"), name, {}, options);
    const own = { parent: this };
    const { config, httpApi, place, storage } = args;
    const { environment } = place;
    const sealing = { environment, description: "Part Lens, TOTP secrets", protect: config.protectData };
    const signer = new EncryptionKey("signer", sealing, own);
    const code = new ServiceFunction(name, functionArgs(args, signer.arn), own);
    const reach = {
      trustedRoleArns: [code.roleArn, ...args.sessionRoleArns],
      bucketArns: storage.bucketArns,
      encryptionKeyArn: storage.keyArn,
    };
    new SessionRole(sessionRoleName, { environment, ...reach }, own);
    const timeoutMilliseconds = gatewayTimeout(config);
    const address = { apiId: httpApi.apiId, executionArn: httpApi.executionArn };
    this.pinned = new aws.lambda.Alias(
      pinnedAlias,
      { name: pinnedAlias, functionName: code.functionName, functionVersion: code.served },
      { parent: this, dependsOn: [...args.after] },
    );
    const aliases = { alias: code.alias, pinned: this.pinned, pinHolds: args.pinHolds };
    this.integrationId = new HttpRoute(
      name,
      { ...address, ...aliases, timeoutMilliseconds },
      own,
    ).integrationId;
    this.liveUri = code.alias.invokeArn;
    this.functionArn = code.arn;
    this.served = code.served;
    this.published = code.version;
    this.registerOutputs({});
  }
}

function functionArgs(args: ApiArgs, signerKeyArn: pulumi.Output<string>) {
  const { bundle, clusters, config, flags, master, migrationHash, place, storage } = args;
  const stamps = { codeVersion: bundle.hash, migrationHash };
  return {
    environment: place.environment,
    bundle,
    variables: apiVariables({
      ...stamps,
      place,
      config,
      master,
      proxies: clusters.apply(proxiesOf),
      flags,
      signerKeyArn,
      storage,
      originKeyHash: args.originKeyHash,
    }),
    statements: statements(args, signerKeyArn),
    logDays: config.logDays,
    timeoutSeconds: Math.ceil(config.deadlineMilliseconds / 1000) + grace.function,
    memory: 1024,
    tracing: config.tracing,
    concurrency: config.concurrency,
    placement: args.placement,
    after: args.after,
    serves: args.serves,
  };
}

function statements({ place, clusters, flags }: ApiArgs, signerKeyArn: pulumi.Output<string>) {
  return pulumi
    .all([clusters, [flags.rollout, flags.killSwitch], signerKeyArn] as const)
    .apply(([found, documents, keyArn]) => {
      const clusterResourceIds = Object.values(found).flatMap(({ resourceId, proxy }) =>
        proxy ? [resourceId, proxy.resourceId] : [resourceId],
      );
      return apiStatements({ ...place, documents, clusterResourceIds, signerKeyArn: keyArn });
    });
}
