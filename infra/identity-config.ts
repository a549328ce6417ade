import { z } from "zod";

/** What makes a key private, or shared. */
const privateMembers = ["d", "k"];

/** A provider's public key; what it says besides (certificates, say) is left out. */
const publicKey = z
  .looseObject({})
  .refine((key) => privateMembers.every((member) => !(member in key)), "is not a public key")
  .pipe(
    z.object({
      kid: z.string().min(1),
      kty: z.enum(["OKP", "RSA"]),
      alg: z.enum(["EdDSA", "RS256"]),
      use: z.literal("sig").optional(),
      crv: z.literal("Ed25519").optional(),
      x: z.string().optional(),
      n: z.string().optional(),
      e: z.string().optional(),
    }),
  );

/** Characters; all variables of a function together may take 4 096 bytes. Source: AWS Lambda, "Quotas". */
const longestKeySet = 2048;

/** Keys written in the stack file reach the function as a `data:` URI. */
const inlineKeySet = z
  .strictObject({ keys: z.array(publicKey).min(1) })
  .transform((keys) => `data:application/json;base64,${Buffer.from(JSON.stringify(keys)).toString("base64")}`)
  .refine((uri) => uri.length <= longestKeySet, "has too many keys for a function's variables");

const keySetUri = z.string().regex(/^(https|file):/, "is an https: or file: URI, or a set of public keys");

/**
 * Who signs the tokens. `jwks` comes out as a URI, whichever way it was written. The functions have no way to the
 * internet, so an https: address is refused unless `egress` says that one was made to it.
 */
export const identity = z
  .strictObject({
    issuer: z.url(),
    audience: z.string().min(1),
    jwks: z.union([keySetUri, inlineKeySet], {
      error:
        "is neither a URI nor a set of public keys (kid, kty, alg and the key of each) that a function holds",
    }),
    egress: z.boolean().optional(),
  })
  .refine(({ jwks, egress }) => egress || !jwks.startsWith("https:"), {
    path: ["jwks"],
    message:
      "is an https: address, which the functions cannot reach; write the key set itself, " +
      "or egress: true where a way to it was made",
  });
