import pg from "pg";
import { connection } from "../../api/database/connection.ts";
import { adminRole } from "../database/engine.ts";
import type { ClusterAddress, SignInSteps } from "./admin-sign-in.ts";

/** Where the admin signs in: there from the first moment, and no database of ours. */
const database = "postgres";

/** The admin of a cluster in that region: by an IAM token, and through the RDS Data API by its password. */
export function clusterAdmin(region: string): SignInSteps {
  return {
    async signIn({ host, port }) {
      const { RDS_CA_FILE } = process.env;
      const environment = { AWS_REGION: region, ...(RDS_CA_FILE && { RDS_CA_FILE }) };
      const client = new pg.Client(connection({ host, port, database }, adminRole, environment));
      client.on("error", () => {});
      await client.connect();
      await client.end();
    },
    async byPassword({ arn, adminSecretArn }: ClusterAddress, sql) {
      if (!adminSecretArn) throw new Error(`${arn} has no secret of its admin: update the foundation layer`);
      const { ExecuteStatementCommand, RDSDataClient } = await import("@aws-sdk/client-rds-data");
      const client = new RDSDataClient({ region });
      try {
        await client.send(
          new ExecuteStatementCommand({ resourceArn: arn, secretArn: adminSecretArn, database, sql }),
        );
      } finally {
        client.destroy();
      }
    },
  };
}
