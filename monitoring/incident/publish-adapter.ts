import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { attributesOf, type Receipt, type Telling } from "./outbox.ts";

/** Publishes to the topic of the contacts. */
export function publishTo(TopicArn: string, topics: Pick<SNSClient, "send">) {
  return async (telling: Telling): Promise<Pick<Receipt, "channel" | "endpoint" | "messageId">> => {
    const { body, subject } = telling;
    const attributes = attributesOf(telling);
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]),
    );
    const message = { TopicArn, Subject: subject, Message: body, MessageAttributes };
    const { MessageId = "unknown" } = await topics.send(new PublishCommand(message));
    return { channel: "sns", endpoint: TopicArn, messageId: MessageId };
  };
}
