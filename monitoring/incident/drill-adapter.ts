import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import { chatParameter } from "./chat-webhook.ts";
import type { DrillPorts, Subscriber } from "./drill.ts";
import type { IncidentStore } from "./incident-store.ts";

export interface DrillTarget {
  readonly environment: string;
  readonly drillAlarm: string;
  readonly contactTopics: readonly string[];
  /** Of the SDK's clients: region, and an endpoint with credentials for the local host. */
  readonly clients: object;
}

/** The ports of a drill in AWS, with the rights of whoever runs it: SetAlarmState and reading, no more. */
export function awsDrill(
  { clients, contactTopics, drillAlarm, environment }: DrillTarget,
  store: IncidentStore,
): DrillPorts {
  const alarms = new CloudWatchClient(clients);
  const topics = new SNSClient(clients);
  return {
    store,
    pauseMilliseconds: 1000,
    hasChat: () => hasParameter(chatParameter(environment), new SSMClient(clients)),
    async fire(StateReason) {
      await alarms.send(
        new SetAlarmStateCommand({ AlarmName: drillAlarm, StateValue: "ALARM", StateReason }),
      );
    },
    subscribers: async () =>
      (await Promise.all(contactTopics.map((topic) => subscribersOf(topic, topics)))).flat(),
  };
}

/** Its value stays encrypted. */
async function hasParameter(Name: string, parameters: SSMClient): Promise<boolean> {
  try {
    await parameters.send(new GetParameterCommand({ Name, WithDecryption: false }));
    return true;
  } catch (error) {
    if (error instanceof ParameterNotFound) return false;
    throw error;
  }
}

async function subscribersOf(TopicArn: string, topics: SNSClient): Promise<Subscriber[]> {
  const found: Subscriber[] = [];
  for (let NextToken: string | undefined; ; ) {
    const ask = new ListSubscriptionsByTopicCommand({ TopicArn, ...(NextToken && { NextToken }) });
    const page = await topics.send(ask);
    for (const { Endpoint = "", Protocol = "", SubscriptionArn = "" } of page.Subscriptions ?? [])
      found.push({
        topic: TopicArn,
        protocol: Protocol,
        endpoint: Endpoint,
        confirmed: SubscriptionArn.startsWith("arn:"),
      });
    NextToken = page.NextToken;
    if (!NextToken) return found;
  }
}
