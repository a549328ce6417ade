import { S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { chatParameter, chatWebhook } from "./chat-webhook.ts";
import type { IncidentStore } from "./incident-store.ts";
import { bucketIncidents } from "./incident-store-adapter.ts";

export interface OperatorPlace {
  readonly environment: string;
  readonly bucket: string;
  /** Of the SDK's clients: region, and an endpoint with credentials for the local host. */
  readonly clients: object;
}

/** The incidents of an environment, with the rights of whoever asks. */
export function incidentsAt({ bucket, clients }: OperatorPlace): IncidentStore {
  return bucketIncidents(bucket, new S3Client({ ...clients, forcePathStyle: true }));
}

/** Keeps the webhook, encrypted. Throws a ZodError for what is none. */
export async function storeWebhook({ clients, environment }: OperatorPlace, given: unknown): Promise<URL> {
  const Value = JSON.stringify(chatWebhook.parse(given));
  const put = { Name: chatParameter(environment), Value, Type: "SecureString", Overwrite: true } as const;
  await new SSMClient(clients).send(new PutParameterCommand(put));
  return new URL(chatWebhook.parse(given).url);
}
