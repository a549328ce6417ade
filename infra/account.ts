/** The connection to AWS that every resource of a layer is made with. */
import * as aws from "@pulumi/aws";
import type { Account } from "./config.ts";
import { defaultTags, type StackName } from "./naming.ts";

/** Tags everything it makes, and refuses to work with another account's credentials. */
export function accountProvider(stack: StackName, account: Account): aws.Provider {
  return new aws.Provider("aws", {
    region: account.region as aws.Region,
    allowedAccountIds: [account.accountId],
    defaultTags: { tags: defaultTags(stack) },
  });
}
