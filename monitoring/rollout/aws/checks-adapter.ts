import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { type ServiceChecks, serviceChecks } from "../service-checks.ts";

/** What the function answered with instead: its databases could not be looked at. */
export class ChecksFailedError extends Error {
  override readonly name = "ChecksFailedError";
}

/** Looks into the databases by the function inside the network. Throws ChecksFailedError, and what the SDK throws. */
export async function invokedChecks(
  functionName: string,
  client: Pick<LambdaClient, "send">,
): Promise<ServiceChecks> {
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: functionName }));
  const text = Payload?.transformToString("utf8") ?? "";
  if (FunctionError) throw new ChecksFailedError(`${functionName} failed (${FunctionError}): ${text}`);
  return serviceChecks.parse(JSON.parse(text));
}
