import { z } from "zod";
import { AwsError } from "./aws-error.ts";

/** Exact texts by attribute: every attribute named must have one of its texts. */
const policy = z.record(z.string(), z.array(z.string()).min(1));

type Attributes = Readonly<Record<string, string>>;

/**
 * SNS's filter policy over message attributes, as far as exact texts go; an attribute that is missing does not match.
 * Throws AwsError for any other policy. Source: SNS developer guide, "Subscription filter policies".
 */
export function filterOf(filterPolicy: string | undefined): (attributes: Attributes) => boolean {
  if (filterPolicy === undefined) return () => true;
  const parsed = policy.safeParse(JSON.parse(filterPolicy));
  if (!parsed.success)
    throw new AwsError("InvalidParameter", `the filter policy ${filterPolicy} is not simulated`);
  const wanted = Object.entries(parsed.data);
  return (attributes) => wanted.every(([name, texts]) => texts.includes(attributes[name] ?? ""));
}
