import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Receipt, Telling } from "./outbox.ts";

/**
 * Publishes to the topic of the contacts. The attributes are what subscriptions filter by, and what tells the notifier
 * which entry of which incident it has before it.
 */
export function publishTo(TopicArn: string, topics: Pick<SNSClient, "send">) {
  return async (telling: Telling): Promise<Pick<Receipt, "channel" | "endpoint" | "messageId">> => {
    const { body, incident, mode, severity, subject, transition, way } = telling;
    const attributes = { severity, incident, transition, way, mode };
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]),
    );
    const message = { TopicArn, Subject: subject, Message: body, MessageAttributes };
    const { MessageId = "unknown" } = await topics.send(new PublishCommand(message));
    return { channel: "sns", endpoint: TopicArn, messageId: MessageId };
  };
}
