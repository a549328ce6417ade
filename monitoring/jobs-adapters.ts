import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Cursors } from "./reconciliation/cursors.ts";

/** One parameter a tenant: `/part-lens/<environment>/jobs/reconciliation/<tenant>`. */
export function parameterCursors(environment: string, client = new SSMClient({})): Cursors {
  const name = (tenant: string) => `/part-lens/${environment}/jobs/reconciliation/${tenant}`;
  return {
    async read(tenant) {
      try {
        return (await client.send(new GetParameterCommand({ Name: name(tenant) }))).Parameter?.Value;
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
    async write(tenant, at) {
      await client.send(
        new PutParameterCommand({ Name: name(tenant), Value: at, Type: "String", Overwrite: true }),
      );
    },
  };
}
