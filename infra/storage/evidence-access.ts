/** What a function may do with evidence: named prefixes, nothing else in the bucket. */
import type { Statement } from "../policy.ts";

/** The folders of the evidence bucket; each of them has one kind of writer. */
export const evidencePrefixes = ["bundles/", "incidents/", "reports/", "rollout/log/"] as const;

/** A folder, or one of a job's below `reports/`. */
export type EvidencePrefix = (typeof evidencePrefixes)[number] | `reports/${string}/`;

/** ARNs of what evidence is kept with. */
export interface EvidenceKeeping {
  readonly bucketArn: string;
  readonly encryptionKeyArn: string;
  readonly signingKeyArn: string;
}

export interface EvidenceUse {
  readonly read?: readonly EvidencePrefix[];
  readonly write?: readonly EvidencePrefix[];
  /** Whether it signs what it writes. Default false. */
  readonly sign?: boolean;
}

/**
 * The statements for that use. Who reads may list the whole bucket: with a condition on the prefix S3 answers 403
 * for an object that is absent, and nobody could tell that from a refusal.
 */
export function evidenceStatements(keeping: EvidenceKeeping, use: EvidenceUse): Statement[] {
  const { read = [], write = [], sign = false } = use;
  const below = (prefixes: readonly string[]) => prefixes.map((prefix) => `${keeping.bucketArn}/${prefix}*`);
  const keyActions = [
    ...(read.length ? ["kms:Decrypt"] : []),
    ...(write.length ? ["kms:GenerateDataKey"] : []),
  ];
  return [
    ...(read.length
      ? [
          allow("EvidenceRead", "s3:GetObject", below(read)),
          allow("EvidenceList", "s3:ListBucket", keeping.bucketArn),
        ]
      : []),
    ...(write.length ? [allow("EvidenceWrite", "s3:PutObject", below(write))] : []),
    ...(keyActions.length ? [allow("EvidenceEncryption", keyActions, keeping.encryptionKeyArn)] : []),
    ...(sign ? [allow("EvidenceSigning", ["kms:GetPublicKey", "kms:Sign"], keeping.signingKeyArn)] : []),
  ];
}

function allow(Sid: string, Action: string | string[], Resource: string | string[]): Statement {
  return { Sid, Effect: "Allow", Action, Resource };
}
