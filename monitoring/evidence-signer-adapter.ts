import { createHash, createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { withLowS } from "./evidence/ecdsa-signature.ts";
import { type EvidenceSigner, UnusableKeyError } from "./evidence/signing-key.ts";

const algorithm = "ECDSA_SHA_256";

/** Signs with a key in KMS, of the kind ECC_NIST_P256, that nobody can read. Rejects with what KMS answers. */
export function kmsSigner(
  keyArn: string,
  client: Pick<KMSClient, "send"> = new KMSClient({}),
): EvidenceSigner {
  return {
    async publicKey() {
      const { PublicKey, KeySpec } = await client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
      if (!PublicKey || KeySpec !== "ECC_NIST_P256")
        throw new UnusableKeyError(`${keyArn} is of the kind ${KeySpec}, not ECC_NIST_P256`);
      const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
      return key.export({ type: "spki", format: "pem" }).toString();
    },
    /** The digest is sent: a manifest may be longer than the 4096 bytes that KMS takes. */
    async sign(content) {
      const digest = createHash("sha256").update(content).digest();
      const asked = {
        KeyId: keyArn,
        Message: digest,
        MessageType: "DIGEST",
        SigningAlgorithm: algorithm,
      } as const;
      const { Signature } = await client.send(new SignCommand(asked));
      if (!Signature) throw new Error(`${keyArn} has signed nothing`);
      return withLowS(Signature);
    },
  };
}
