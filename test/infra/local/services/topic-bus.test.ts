import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { TopicBus } from "../../../../infra/local/services/topic-bus.ts";

const start = Date.UTC(2026, 0, 1);
const lambda = "arn:aws:lambda:eu-central-1:000000000000:function:rollback";

function stage(failures = 0) {
  const clock = new VirtualClock(start);
  const invoked: { arn: string; event: unknown; at: number }[] = [];
  const invoke = async (arn: string, event: unknown) => {
    invoked.push({ arn, event, at: (clock.now() - start) / 1000 });
    if (invoked.length <= failures) throw new Error("crashed");
  };
  const bus = new TopicBus({ clock, region: "eu-central-1", invoke });
  const topic = bus.createTopic("rollback");
  return { clock, bus, topic, invoked };
}

describe("a topic", () => {
  it("invokes a function with the SNS event after delivery and cold start", async () => {
    const { clock, bus, topic, invoked } = stage();
    bus.subscribe({ topic, protocol: "lambda", endpoint: lambda });
    bus.publish(topic, { subject: "ALARM", message: '{"AlarmName":"fast"}' });
    await clock.advance(3_999);
    expect(invoked).toEqual([]);
    await clock.advance(1);
    const event = {
      Records: [{ Sns: { Message: '{"AlarmName":"fast"}', Subject: "ALARM", TopicArn: topic } }],
    };
    expect(invoked).toMatchObject([{ arn: lambda, at: 4, event }]);
  });

  it("tries a failed function twice more, after one and two minutes", async () => {
    const { clock, bus, topic, invoked } = stage(9);
    bus.subscribe({ topic, protocol: "lambda", endpoint: lambda });
    bus.publish(topic, { message: "x" });
    await clock.advance(3_600_000);
    expect(invoked.map(({ at }) => at)).toEqual([4, 64, 184]);
    expect(bus.deliveries.map(({ error }) => error)).toEqual(Array(3).fill("Error: crashed"));
  });

  it("records what goes to people, and tells its listeners", async () => {
    const { clock, bus, topic } = stage();
    const heard: string[] = [];
    bus.onDelivery(({ endpoint }) => heard.push(endpoint));
    bus.subscribe({ topic, protocol: "email", endpoint: "ops@example.org" });
    bus.publish(topic, { subject: "hello", message: "world" });
    await clock.advance(1_000);
    const expected = { protocol: "email", endpoint: "ops@example.org", subject: "hello", message: "world" };
    expect(bus.deliveries).toMatchObject([{ ...expected, at: start + 1_000 }]);
    expect(heard).toEqual(["ops@example.org"]);
  });

  it("delivers what a filter over attributes lets through, and hands the attributes to functions", async () => {
    const { clock, bus, topic, invoked } = stage();
    const email = { topic, protocol: "email", filterPolicy: '{"severity":["critical"]}' };
    bus.subscribe({ ...email, endpoint: "escalation@example.org" });
    bus.subscribe({ topic, protocol: "lambda", endpoint: lambda });
    bus.publish(topic, { message: "plain" });
    bus.publish(topic, { message: "warning", attributes: { severity: "warning" } });
    bus.publish(topic, { message: "critical", attributes: { severity: "critical", way: "pin" } });
    await clock.advance(10_000);
    const mails = bus.deliveries.filter(({ protocol }) => protocol === "email");
    expect(mails.map(({ message }) => message)).toEqual(["critical"]);
    expect(invoked).toHaveLength(3);
    expect(invoked[2]?.event).toMatchObject({
      Records: [{ Sns: { MessageAttributes: { way: { Type: "String", Value: "pin" } } } }],
    });
  });

  it.each(['{"severity":[{"exists":false}]}', '{"severity":"critical"}'])(
    "refuses a filter that is not simulated: %s",
    (filterPolicy) => {
      const { bus, topic } = stage();
      const subscribe = () =>
        bus.subscribe({ topic, protocol: "email", endpoint: "a@example.org", filterPolicy });
      expect(subscribe).toThrow("is not simulated");
    },
  );

  it("delivers once to an endpoint subscribed twice, and not after it left", async () => {
    const { clock, bus, topic } = stage();
    const wanted = { topic, protocol: "email", endpoint: "ops@example.org" };
    const arn = bus.subscribe(wanted);
    expect(bus.subscribe(wanted)).toBe(arn);
    bus.publish(topic, { message: "one" });
    await clock.advance(60_000);
    bus.unsubscribe(arn);
    bus.publish(topic, { message: "two" });
    await clock.advance(60_000);
    expect(bus.deliveries.map(({ message }) => message)).toEqual(["one"]);
  });

  it("must exist to be published to", () => {
    const { bus, topic } = stage();
    expect(() => bus.publish(`${topic}-2`, { message: "x" })).toThrow("NotFound");
  });
});

describe("a topic policy", () => {
  const policyFor = (service: string) =>
    JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "SNS:Publish" }],
    });

  it.each([
    ["without one", undefined, true],
    ["that lets CloudWatch in", policyFor("cloudwatch.amazonaws.com"), true],
    ["that lets only another service in", policyFor("events.amazonaws.com"), false],
  ])("%s decides whether an alarm is heard", async (_, policy, heard) => {
    const { clock, bus, topic, invoked } = stage();
    bus.subscribe({ topic, protocol: "lambda", endpoint: lambda });
    bus.setPolicy(topic, policy);
    bus.publishAs("cloudwatch.amazonaws.com", topic, { message: "x" });
    await clock.advance(60_000);
    expect(invoked).toHaveLength(heard ? 1 : 0);
    expect(bus.deliveries.filter(({ error }) => error)).toHaveLength(heard ? 0 : 1);
  });
});
