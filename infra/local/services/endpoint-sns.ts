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

/** SNS's query protocol: Publish to a topic, and who is subscribed to it, in one page. */
export class SnsEndpoint implements EndpointProtocol {
  readonly service = "sns";
  readonly #topics: TopicBus;

  constructor(topics: TopicBus) {
    this.#topics = topics;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const form = new URLSearchParams(Buffer.from(request.body).toString());
    const [action, topic] = [form.get("Action"), form.get("TopicArn")];
    if (action === "Publish" && topic) return this.#publish(topic, form);
    if (action === "ListSubscriptionsByTopic" && topic) return this.#list(topic);
    throw new AwsError("NotImplemented", `SNS operation ${action} is not simulated`, 501);
  }

  #publish(topic: string, form: URLSearchParams): EndpointAnswer {
    const id = this.#topics.publish(topic, {
      message: form.get("Message") ?? "",
      subject: form.get("Subject") ?? undefined,
      attributes: attributesOf(form),
    });
    return xmlAnswer(
      200,
      xml(`PublishResponse ${namespace}`, [xml("PublishResult", [xml("MessageId", id)])]),
    );
  }

  #list(topic: string): EndpointAnswer {
    const members = this.#topics
      .subscriptionsOf(topic)
      .map(({ arn, endpoint, protocol }) =>
        xml("member", [
          xml("SubscriptionArn", arn),
          xml("Protocol", protocol),
          xml("Endpoint", endpoint),
          xml("TopicArn", topic),
        ]),
      );
    const result = xml("ListSubscriptionsByTopicResult", [xml("Subscriptions", members)]);
    return xmlAnswer(200, xml(`ListSubscriptionsByTopicResponse ${namespace}`, [result]));
  }

  refuse(error: AwsError, requestId: string): EndpointAnswer {
    return queryRefusal(error, requestId);
  }
}

/** `MessageAttributes.entry.1.Name` and `…entry.1.Value.StringValue`, one number an attribute. */
function attributesOf(form: URLSearchParams): Record<string, string> {
  const names = [...form].flatMap(([key, name]) => {
    const number = /^MessageAttributes\.entry\.(\d+)\.Name$/.exec(key)?.[1];
    return number === undefined ? [] : [[name, number] as const];
  });
  const value = (number: string) => form.get(`MessageAttributes.entry.${number}.Value.StringValue`) ?? "";
  return Object.fromEntries(names.map(([name, number]) => [name, value(number)]));
}
