import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { chatPoster } from "./chat-adapter.ts";
import { actingFunctions } from "./incident-folder.ts";
import { bucketIncidents } from "./incident-store-adapter.ts";
import type { NotifierEnv } from "./notifier-env.ts";
import type { NotifierPorts } from "./notifier-procedure.ts";
import type { OutboxPorts } from "./outbox.ts";
import { draftPostmortem } from "./postmortem-draft.ts";
import { publishTo } from "./publish-adapter.ts";
import type { CompletionPorts } from "./record-completion.ts";

const patience = { tries: 3, pauseMilliseconds: 500 };

/** The ports of the notifier in AWS. The clients follow AWS_ENDPOINT_URL, which the local host sets. */
export function awsNotifier(
  env: NotifierEnv,
): NotifierPorts & { readonly outbox: OutboxPorts; readonly completion: CompletionPorts } {
  const store = bucketIncidents(env.EVIDENCE_BUCKET);
  const post = chatPoster(env.CHAT_PARAMETER, {
    parameters: new SSMClient({}),
    fetch: globalThis.fetch,
  });
  const send = publishTo(env.NOTIFY_TOPIC, new SNSClient({}));
  return {
    store,
    post,
    ...patience,
    outbox: { store, send, ...patience },
    completion: {
      store,
      async collect(run) {
        const { collectIncident } = await import("./collection-adapters.ts");
        return collectIncident(run, { ...env, ownLog: logOf(run.way, env) }, store);
      },
      draft: (incident) => draftPostmortem(incident, store),
    },
  };
}

/** The log of whoever went that way; a person has none. */
function logOf(way: string, { FUNCTION_PREFIX }: NotifierEnv): string | undefined {
  const name: string | undefined = actingFunctions[way as keyof typeof actingFunctions];
  return name && `/aws/lambda/${FUNCTION_PREFIX}${name}`;
}
