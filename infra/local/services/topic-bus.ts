import { createHash, randomUUID } from "node:crypto";
import { awsDelays } from "../../../monitoring/aws-delays.ts";
import type { Clock } from "../clock.ts";
import { arnOf } from "./arn.ts";
import { AwsError } from "./aws-error.ts";
import { type Delays, millisecondsOf } from "./delays.ts";
import { policyAllows } from "./resource-policy.ts";
import { filterOf } from "./subscription-filter.ts";

export interface Subscription {
  readonly arn: string;
  readonly topic: string;
  readonly protocol: string;
  /** A function's ARN for the protocol lambda, an address or URL for the others. */
  readonly endpoint: string;
  /** SNS's JSON over attributes: a message that does not match is not delivered. */
  readonly filterPolicy?: string | undefined;
}

/** What reached a subscriber, or failed to. */
export interface Delivery {
  readonly topic: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly subject?: string | undefined;
  readonly message: string;
  readonly at: number;
  /** The function's failure, if it failed. */
  readonly error?: string;
}

export interface TopicBusOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly delays?: Delays;
  /** Runs a function with an event; a rejection is a failed invocation. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
}

interface Content {
  readonly subject?: string | undefined;
  readonly message: string;
  /** Attributes of the type String. */
  readonly attributes?: Readonly<Record<string, string>>;
}

interface Publication extends Content {
  readonly id: string;
  readonly topic: string;
  readonly publishedAt: number;
}

/** Lambda tries a failed asynchronous invocation twice more. Source: Lambda guide, "Asynchronous invocation". */
const retryAfter = [60_000, 120_000] as const;

/**
 * SNS topics. A function is invoked after delivery and cold start, always the worst case; other protocols are
 * only recorded: no mail leaves this machine.
 */
export class TopicBus {
  readonly #options: TopicBusOptions;
  readonly #delays: Delays;
  /** Topics by ARN, with their policy if they have one. */
  readonly #topics = new Map<string, string | undefined>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #deliveries: Delivery[] = [];
  readonly #listeners = new Set<(delivery: Delivery) => void>();

  constructor(options: TopicBusOptions) {
    this.#options = options;
    this.#delays = options.delays ?? awsDelays;
  }

  /** Returns the ARN; the same name gives the same topic. */
  createTopic(name: string): string {
    const arn = arnOf("sns", this.#options.region, name);
    if (!this.#topics.has(arn)) this.#topics.set(arn, undefined);
    return arn;
  }

  /** Without a policy the account's own services may publish, as AWS's default policy has it. */
  setPolicy(topic: string, policy: string | undefined): void {
    this.#known(topic);
    this.#topics.set(topic, policy);
  }

  deleteTopic(arn: string): void {
    this.#topics.delete(arn);
    for (const subscription of this.#subscriptions.values())
      if (subscription.topic === arn) this.unsubscribe(subscription.arn);
  }

  /** Returns the subscription's ARN; subscribing the same endpoint again changes nothing. */
  subscribe(wanted: Omit<Subscription, "arn">): string {
    this.#known(wanted.topic);
    const { topic, protocol, endpoint, filterPolicy } = wanted;
    if (filterPolicy !== undefined) filterOf(filterPolicy);
    const id = createHash("sha256").update(`${protocol} ${endpoint}`).digest("hex").slice(0, 32);
    const arn = `${topic}:${id}`;
    this.#subscriptions.set(arn, { arn, topic, protocol, endpoint, filterPolicy });
    return arn;
  }

  subscriptionsOf(topic: string): readonly Subscription[] {
    this.#known(topic);
    return [...this.#subscriptions.values()].filter((subscription) => subscription.topic === topic);
  }

  unsubscribe(arn: string): void {
    this.#subscriptions.delete(arn);
  }

  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Calls the listener after each delivery; returns what ends that. */
  onDelivery(listener: (delivery: Delivery) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns the message id. Throws AwsError NotFound for an unknown topic. */
  publish(topic: string, content: Content): string {
    this.#known(topic);
    const { clock } = this.#options;
    const publication = { id: randomUUID(), topic, ...content, publishedAt: clock.now() };
    for (const subscription of this.subscriptionsOf(topic)) {
      const wants = filterOf(subscription.filterPolicy);
      if (wants(content.attributes ?? {})) this.#send(subscription, publication);
    }
    return publication.id;
  }

  /**
   * What an AWS service, such as cloudwatch.amazonaws.com, publishes. As on AWS nobody is told when the topic is
   * gone or its policy does not let the service in: it stands in `deliveries` as an error.
   */
  publishAs(
    service: string,
    topic: string,
    content: { readonly subject?: string; readonly message: string },
  ): void {
    const policy = this.#topics.get(topic);
    if (this.#topics.has(topic) && (policy === undefined || policyAllows(policy, service, "sns:Publish")))
      this.publish(topic, content);
    else this.#refused(service, topic, content);
  }

  #refused(
    service: string,
    topic: string,
    content: { readonly subject?: string; readonly message: string },
  ): void {
    const publication = { id: randomUUID(), topic, ...content, publishedAt: this.#options.clock.now() };
    const nobody = { arn: "", topic, protocol: service, endpoint: topic };
    this.#record(nobody, publication, `${service} may not publish to ${topic}`);
  }

  #send(subscription: Subscription, publication: Publication): void {
    const { clock } = this.#options;
    const lambda = subscription.protocol === "lambda";
    const delay = millisecondsOf(this.#delays, "delivery", ...(lambda ? (["coldStart"] as const) : []));
    clock.at(clock.now() + delay, () =>
      lambda ? this.#invoke(subscription, publication, 0) : this.#record(subscription, publication),
    );
  }

  async #invoke(subscription: Subscription, publication: Publication, failures: number): Promise<void> {
    try {
      await this.#options.invoke(subscription.endpoint, snsEvent(subscription, publication));
      this.#record(subscription, publication);
    } catch (error) {
      this.#record(subscription, publication, String(error));
      this.#retry(subscription, publication, failures);
    }
  }

  #retry(subscription: Subscription, publication: Publication, failures: number): void {
    const wait = retryAfter[failures];
    const { clock } = this.#options;
    if (wait !== undefined)
      clock.at(clock.now() + wait, () => this.#invoke(subscription, publication, failures + 1));
  }

  #record(subscription: Subscription, publication: Publication, error?: string): void {
    const { topic, protocol, endpoint } = subscription;
    const { subject, message } = publication;
    const at = this.#options.clock.now();
    const delivery = { topic, protocol, endpoint, subject, message, at, ...(error && { error }) };
    this.#deliveries.push(delivery);
    for (const listener of this.#listeners) listener(delivery);
  }

  #known(topic: string): void {
    if (!this.#topics.has(topic)) throw new AwsError("NotFound", `no topic ${topic}`, 404);
  }
}

/** The event a function receives from a topic. Source: Lambda guide, "Invoking Lambda with SNS". */
function snsEvent(subscription: Subscription, publication: Publication): unknown {
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: "Notification",
          MessageId: publication.id,
          TopicArn: publication.topic,
          Subject: publication.subject ?? null,
          Message: publication.message,
          Timestamp: new Date(publication.publishedAt).toISOString(),
          MessageAttributes: Object.fromEntries(
            Object.entries(publication.attributes ?? {}).map(([name, Value]) => [
              name,
              { Type: "String", Value },
            ]),
          ),
        },
      },
    ],
  };
}
