import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { chatPoster } from "./chat-adapter.ts";
import { bucketIncidents } from "./incident-store-adapter.ts";
import type { NotifierEnv } from "./notifier-env.ts";
import type { NotifierPorts } from "./notifier-procedure.ts";
import type { OutboxPorts } from "./outbox.ts";
import { publishTo } from "./publish-adapter.ts";

const patience = { tries: 3, pauseMilliseconds: 500 };

/** The ports of the notifier in AWS. The clients follow AWS_ENDPOINT_URL, which the local host sets. */
export function awsNotifier(env: NotifierEnv): NotifierPorts & { readonly outbox: OutboxPorts } {
  const store = bucketIncidents(env.EVIDENCE_BUCKET);
  const post = chatPoster(env.CHAT_PARAMETER, {
    parameters: new SSMClient({}),
    fetch: globalThis.fetch,
  });
  const send = publishTo(env.NOTIFY_TOPIC, new SNSClient({}));
  return { store, post, ...patience, outbox: { store, send, ...patience } };
}
