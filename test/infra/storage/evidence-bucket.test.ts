import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../../infra/preview/graph.ts";
import { evidenceStatements } from "../../../infra/storage/evidence-access.ts";
import { type PlannedEnvironment, plannedEnvironment, the } from "../../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const bucketType = "aws:s3/bucket:Bucket";
const keyType = "aws:kms/key:Key";

let prod: PlannedEnvironment;
let service: Graph;
beforeAll(async () => {
  prod = await plannedEnvironment("prod");
  service = prod.layers.service.graph;
});
const inputsOf = (type: string, name: string) => the(service, type, name).inputs;

describe("the evidence bucket", () => {
  it("is made with a lock, and locks every version as the configuration says", async () => {
    expect(inputsOf(bucketType, "evidence")).toEqual({
      bucket: "part-lens-prod-evidence-333333333333",
      forceDestroy: false,
      objectLockEnabled: true,
      tags: { Purpose: "Evidence of rollouts" },
    });
    const lockType = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
    expect(inputsOf(lockType, "evidence")).toEqual({
      bucket: "part-lens-prod-evidence-333333333333",
      rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } },
    });
    expect(the(service, lockType, "evidence").dependsOn).toContain(
      "aws:s3/bucketVersioning:BucketVersioning::evidence",
    );
    const dev = (await plannedEnvironment("dev")).layers.service.graph;
    expect(the(dev, lockType, "evidence").inputs.rule).toEqual({
      defaultRetention: { mode: "GOVERNANCE", days: 30 },
    });
  });

  it("is encrypted with a key of its own, keeps old versions as long as they are locked, and is put out", () => {
    const encryption =
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    expect(inputsOf(encryption, "evidence").rules).toEqual([
      {
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: "aws:kms",
          kmsMasterKeyId: ref(keyType, "evidence", "arn"),
        },
        bucketKeyEnabled: true,
      },
    ]);
    const lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
    expect(inputsOf(lifecycle, "evidence").rules).toMatchObject([
      { id: "recovery", noncurrentVersionExpiration: { noncurrentDays: 400 } },
      { id: "abandoned-uploads" },
    ]);
    expect(prod.layers.service.outputs.evidence).toEqual({
      bucket: "part-lens-prod-evidence-333333333333",
      signingKeyArn: ref(keyType, "evidence-signing", "arn"),
    });
  });

  it("has no lock beside it in the other buckets: naming one would replace them", () => {
    expect(inputsOf(bucketType, "pms-part-photos")).not.toHaveProperty("objectLockEnabled");
  });
});

describe("the key that signs evidence", () => {
  it("is ECDSA on P-256, and only the environment's own roles sign with it", () => {
    const { policy, ...inputs } = inputsOf(keyType, "evidence-signing");
    expect(inputs).toEqual({
      description: "Part Lens, signs evidence",
      customerMasterKeySpec: "ECC_NIST_P256",
      keyUsage: "SIGN_VERIFY",
      deletionWindowInDays: 30,
    });
    const [account, refusal] = JSON.parse(String(policy)).Statement;
    expect(account.Principal).toEqual({ AWS: "arn:aws:iam::333333333333:root" });
    expect(refusal).toEqual({
      Sid: "SignedByOurRolesOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "kms:Sign",
      Resource: "*",
      Condition: {
        ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::333333333333:role/part-lens-prod-*" },
      },
    });
  });
});

describe("the statements for evidence", () => {
  const keeping = { bucketArn: "arn:b", encryptionKeyArn: "arn:e", signingKeyArn: "arn:s" };

  it("reach the prefixes that were asked for and no more", () => {
    expect(evidenceStatements(keeping, { write: ["incidents/"] })).toEqual([
      { Sid: "EvidenceWrite", Effect: "Allow", Action: "s3:PutObject", Resource: ["arn:b/incidents/*"] },
      { Sid: "EvidenceEncryption", Effect: "Allow", Action: ["kms:GenerateDataKey"], Resource: "arn:e" },
    ]);
    const both = evidenceStatements(keeping, {
      read: ["rollout/log/"],
      write: ["rollout/log/", "bundles/"],
      sign: true,
    });
    expect(both.map(({ Sid, Action, Resource }) => [Sid, Action, Resource])).toEqual([
      ["EvidenceRead", "s3:GetObject", ["arn:b/rollout/log/*"]],
      ["EvidenceList", "s3:ListBucket", "arn:b"],
      ["EvidenceWrite", "s3:PutObject", ["arn:b/rollout/log/*", "arn:b/bundles/*"]],
      ["EvidenceEncryption", ["kms:Decrypt", "kms:GenerateDataKey"], "arn:e"],
      ["EvidenceSigning", ["kms:GetPublicKey", "kms:Sign"], "arn:s"],
    ]);
  });

  it("are none for no use", () => {
    expect(evidenceStatements(keeping, {})).toEqual([]);
  });
});
