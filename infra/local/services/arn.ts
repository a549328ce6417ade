/** The account that everything on this machine belongs to. */
export const localAccount = "000000000000";

/** An ARN as AWS shapes it; pass an empty region for a global service. */
export function arnOf(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${localAccount}:${resource}`;
}
