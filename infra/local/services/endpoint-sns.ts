import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  queryRefusal,
  type SignedRequest,
  xml,
  xmlAnswer,
} from "./endpoint-protocol.ts";
import type { TopicBus } from "./topic-bus.ts";

const namespace = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';

/** SNS's query protocol: Publish to a topic. */
export class SnsEndpoint implements EndpointProtocol {
  readonly service = "sns";
  readonly #topics: TopicBus;

  constructor(topics: TopicBus) {
    this.#topics = topics;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const form = new URLSearchParams(Buffer.from(request.body).toString());
    const topic = form.get("TopicArn");
    if (form.get("Action") !== "Publish" || !topic)
      throw new AwsError("NotImplemented", `SNS operation ${form.get("Action")} is not simulated`, 501);
    const message = form.get("Message") ?? "";
    const id = this.#topics.publish(topic, { message, subject: form.get("Subject") ?? undefined });
    return xmlAnswer(
      200,
      xml(`PublishResponse ${namespace}`, [xml("PublishResult", [xml("MessageId", id)])]),
    );
  }

  refuse(error: AwsError, requestId: string): EndpointAnswer {
    return queryRefusal(error, requestId);
  }
}
