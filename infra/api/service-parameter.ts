import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DocumentPlace, FlagStore } from "../../flags/flag-store.ts";
import { type ServiceFacts, serviceParameter } from "../../monitoring/rollout/aws/service-facts.ts";
import type { Topics } from "../../monitoring/topics.ts";
import { componentType } from "../naming.ts";
import type { EvidenceBucket } from "../storage/evidence-bucket.ts";
import type { Api } from "./api.ts";
import type { Checks } from "./checks.ts";
import type { HttpApi } from "./http-api.ts";
import type { ServedCode } from "./served-code.ts";

export interface ServiceParameterArgs {
  readonly environment: string;
  /** The HTTP API, and its public address. */
  readonly httpApi: Pick<HttpApi, "apiId" | "url">;
  readonly flags: FlagStore;
  readonly api: Api;
  readonly evidence: EvidenceBucket;
  readonly checks: Checks;
  /** Where the contacts are told. */
  readonly topics: Pick<Topics, "alertsArn">;
  /** The code behind the aliases. */
  readonly code: pulumi.Output<ServedCode>;
  /** Names the SQL that the databases must be at. */
  readonly migrationHash: string;
  /** How many tenants there are. */
  readonly tenants: number;
}

/** The ids that the rollout's verbs need, in SSM: going down must not wait for Pulumi, a checkout or a stack's state. */
export class ServiceParameter extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: ServiceParameterArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "ServiceParameter"), name, {}, options);
    const parameter = new aws.ssm.Parameter(
      name,
      {
        name: serviceParameter(args.environment),
        description: "Part Lens: the ids that the rollout's verbs need",
        type: "String",
        // No secret is in it, and a reviewer must see what it says.
        insecureValue: pulumi.jsonStringify(factsOf(args)),
      },
      { parent: this },
    );
    this.arn = parameter.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** All that the verbs read, or this does not compile. */
function factsOf(args: ServiceParameterArgs): Inputs<ServiceFacts> {
  const { api, checks, code, evidence, flags, httpApi, migrationHash, tenants, topics } = args;
  return {
    apiUrl: httpApi.url,
    flags: {
      rollout: placeOf(flags.rollout),
      killSwitch: placeOf(flags.killSwitch),
      armedVersion: flags.armedVersion,
      trippedVersion: flags.trippedVersion,
      strategyIds: flags.strategyIds,
    },
    pin: { apiId: httpApi.apiId, integrationId: api.integrationId, liveUri: api.liveUri },
    evidenceBucket: evidence.coordinates.bucket,
    alertsTopicArn: topics.alertsArn,
    tenants,
    migrationHash,
    code,
    apiFunction: api.pinned.functionName,
    checksFunction: checks.aliasArn,
  };
}

type Inputs<Value> = {
  readonly [Key in keyof Value]: Value[Key] extends object ? Inputs<Value[Key]> : pulumi.Input<Value[Key]>;
};

function placeOf({ applicationId, environmentId, profileId }: DocumentPlace) {
  return { applicationId, environmentId, profileId };
}
