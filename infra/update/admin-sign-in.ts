import { isDatabaseDown, signInRefused, sqlFailure } from "../../api/database/sqlstate.ts";
import { adminRole } from "../database/engine.ts";

/** A cluster, as the foundation layer puts it out. */
export interface ClusterAddress {
  readonly host: string;
  readonly port: number;
  readonly arn: string;
  readonly adminSecretArn?: string;
}

/** What it takes; each rejects with what the other side says. */
export interface SignInSteps {
  /** Signs in as the admin by an IAM token, and out again. */
  signIn(cluster: ClusterAddress): Promise<void>;
  /** Runs a statement as the admin by its password, through AWS and not through the network. */
  byPassword(cluster: ClusterAddress, statement: string): Promise<void>;
}

/** Nothing answers at the cluster's address. */
export class ClusterOutOfReach extends Error {
  override readonly name = "ClusterOutOfReach";
}

/**
 * From PostgreSQL 16 on the admin becomes a member of each role it makes, and RDS refuses the password of who is a
 * member of `rds_iam`, by whatever way: so it is made one on purpose, before it makes a role.
 */
export const firstStatement = `grant rds_iam to ${adminRole}`;

/**
 * Sees that the admin of each cluster signs in by IAM; on a new cluster it is allowed to first. Safe to run again.
 * Throws ClusterOutOfReach, and what AWS or PostgreSQL refuses.
 */
export async function allowAdminSignIn(
  clusters: Readonly<Record<string, ClusterAddress>>,
  steps: SignInSteps,
  tell: (text: string) => void,
): Promise<void> {
  for (const [name, cluster] of Object.entries(clusters)) {
    if (await signsIn(name, cluster, steps)) continue;
    tell(`cluster ${name} is new: its admin is allowed to sign in by IAM`);
    await steps.byPassword(cluster, firstStatement);
    if (!(await signsIn(name, cluster, steps)))
      throw new Error(
        `cluster ${name} still refuses ${adminRole} by IAM: whoever runs this needs rds-db:connect as that user`,
      );
  }
}

async function signsIn(name: string, cluster: ClusterAddress, steps: SignInSteps): Promise<boolean> {
  try {
    await steps.signIn(cluster);
    return true;
  } catch (error) {
    if (isDatabaseDown(error))
      throw new ClusterOutOfReach(
        `cluster ${name} does not answer at ${cluster.host}:${cluster.port} (${sqlFailure(error)?.message})`,
        { cause: error },
      );
    if (signInRefused.has(sqlFailure(error)?.code ?? "")) return false;
    throw error;
  }
}
