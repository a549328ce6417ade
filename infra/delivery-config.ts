/** The setting `delivery` of a foundation stack: where the delivery runner finds the code and Pulumi's state. */
import { z } from "zod";

/** Pulumi Cloud's own way to keep secrets. */
const cloudSecrets = "default";

export const delivery = z.strictObject({
  repository: z
    .string()
    .regex(
      /^https:\/\/[^\s@]+\.git$/,
      "is the https address of a git repository, without a user, ending in .git",
    ),
  /** Where the stack files are committed to. */
  branch: z.string().regex(/^[\w./-]+$/, "is the name of a branch"),
  connectionArn: z
    .string()
    .regex(
      /^arn:aws:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection\/[\w-]+$/,
      "is the ARN of a CodeConnections connection",
    ),
  backendUrl: z
    .string()
    .regex(/^(s3|https):\/\/[\w./?=&-]+$/, "is s3://<bucket> or the https address of Pulumi Cloud"),
  secretsProvider: z
    .string()
    .regex(
      /^(default|awskms:\/\/alias\/[\w/-]+(\?region=[a-z0-9-]+)?)$/,
      'is awskms://alias/<name>, or "default" with Pulumi Cloud',
    ),
  /** The secret that holds Pulumi Cloud's access token. */
  accessTokenSecretArn: z
    .string()
    .regex(/^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/, "is the ARN of a secret")
    .optional(),
});

export type DeliveryConfig = Readonly<z.infer<typeof delivery>>;

/** What a schema cannot say: which settings belong together. */
export function deliveryProblems(config: DeliveryConfig): string[] {
  const inBucket = stateBucket(config) !== undefined;
  const problems = [
    inBucket &&
      config.secretsProvider === cloudSecrets &&
      "secretsProvider: a bucket needs awskms://alias/<name>",
    inBucket && config.accessTokenSecretArn && "accessTokenSecretArn: a bucket takes no access token",
    !inBucket && !config.accessTokenSecretArn && "accessTokenSecretArn: Pulumi Cloud needs one",
  ];
  return problems
    .filter((problem) => typeof problem === "string")
    .map((text) => `part-lens:delivery.${text}`);
}

/** The bucket that keeps Pulumi's state; undefined with Pulumi Cloud. */
export function stateBucket({ backendUrl }: DeliveryConfig): string | undefined {
  return /^s3:\/\/([\w.-]+)/.exec(backendUrl)?.[1];
}

/** The alias of the key that Pulumi's secrets are encrypted with; undefined with Pulumi Cloud's own. */
export function secretsKeyAlias({ secretsProvider }: DeliveryConfig): string | undefined {
  return /^awskms:\/\/(alias\/[\w/-]+)/.exec(secretsProvider)?.[1];
}
