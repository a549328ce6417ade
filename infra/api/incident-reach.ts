import * as pulumi from "@pulumi/pulumi";
import type { FlagStore } from "../../flags/flag-store.ts";
import type { CollectionTarget } from "../../monitoring/incident/collection-target.ts";
import type { Contacts } from "../../monitoring/notifications.ts";
import type { Place } from "../naming.ts";
import type { EvidenceKeeping } from "../storage/evidence-access.ts";
import type { HttpApi } from "./http-api.ts";

/** What the record of an incident needs: where it is kept, who is told, what ran. */
export interface IncidentArgs {
  readonly evidence: EvidencePlace;
  readonly contacts: Contacts;
  /** The name of the API's function. */
  readonly apiFunction: string;
  readonly migrationHash: string;
  /** How many tenants there are. */
  readonly tenants: number;
}

/** The evidence bucket, as far as a function of ours needs it. */
export interface EvidencePlace {
  readonly coordinates: {
    readonly bucket: pulumi.Output<string>;
    readonly signingKeyArn: pulumi.Output<string>;
  };
  readonly bucketArn: pulumi.Output<string>;
  readonly encryptionKeyArn: pulumi.Output<string>;
}

export interface IncidentReach {
  readonly place: Place;
  readonly flags: FlagStore;
  readonly httpApi: Pick<HttpApi, "url">;
  readonly incident: Omit<IncidentArgs, "contacts" | "tenants">;
}

/** What a function that makes the record of an incident reads, and where it keeps it. */
export function incidentTarget({ flags, httpApi, incident, place }: IncidentReach) {
  const { apiFunction, evidence, migrationHash } = incident;
  const { killSwitch, rollout } = flags;
  const read = pulumi.output({
    applicationId: killSwitch.applicationId,
    environmentId: killSwitch.environmentId,
    profileId: killSwitch.profileId,
    flagEnvironmentId: rollout.environmentId,
    flagProfileId: rollout.profileId,
    apiUrl: httpApi.url,
    evidenceBucket: evidence.coordinates.bucket,
  });
  return read.apply((found): CollectionTarget & { readonly evidenceBucket: string } => ({
    ...place,
    ...found,
    apiFunction,
    migrationHash,
  }));
}

/** ARNs of the bucket and its keys, for what a function may do with it. */
export function keepingOf({
  bucketArn,
  coordinates,
  encryptionKeyArn,
}: EvidencePlace): pulumi.Output<EvidenceKeeping> {
  return pulumi.output({ bucketArn, encryptionKeyArn, signingKeyArn: coordinates.signingKeyArn });
}
