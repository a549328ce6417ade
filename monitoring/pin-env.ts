import * as z from "zod";

const schema = z.object({
  STACK_ENVIRONMENT: z.string().min(1),
  /** "<apiId>/<integrationId>" */
  INTEGRATION: z
    .string()
    .regex(/^[^/]+\/[^/]+$/, "must be <api>/<integration>")
    .transform((text) => text.split("/") as [string, string])
    .transform(([apiId, integrationId]) => ({ apiId, integrationId })),
  /** The invoke ARN of the alias that answers v1 only. */
  PINNED_URI: z.string().startsWith("arn:"),
  API_URL: z.url().transform((url) => url.replace(/\/+$/, "")),
  NOTIFY_TOPIC: z.string().min(1),
  PIN_PARAMETER: z.string().min(1),
  /** Where the last known-good version is recorded. */
  CODE_PARAMETER: z.string().min(1),
  /** The API's function, and its aliases in the order in which they are moved. */
  API_FUNCTION: z.string().min(1),
  API_ALIASES: z
    .string()
    .min(1)
    .transform((text) => text.split(",")),
  ALARM_PREFIX: z.string().min(1),
  AWS_REGION: z.string().min(1),
  /** Lambda gives its role's credentials; they are no settings of ours. */
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: z.string().optional(),
  /** Set by the local host alone. */
  AWS_ENDPOINT_URL: z.url().optional(),
});

export type PinEnv = z.infer<typeof schema>;

/** The variables of the pin function. Throws one Error that names every problem. */
export function pinEnv(variables: Readonly<Record<string, string | undefined>>): PinEnv {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the pin function's environment is not usable: ${problems.join("; ")}`);
}
