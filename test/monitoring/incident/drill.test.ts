import { describe, expect, it } from "vitest";
import { drill, type Subscriber } from "../../../monitoring/incident/drill.ts";
import { drillText } from "../../../monitoring/incident/incident-text.ts";
import { incidentMap, tellingOf } from "../../support/incidents.ts";

const incident = "2026-11-23T13:00:00.000Z";
const folder = `incidents/${incident}/`;
const person: Subscriber = {
  topic: "arn:alerts",
  protocol: "email",
  endpoint: "ops@example.com",
  confirmed: true,
};

/** A chain of which those ways tell; others are broken. */
function world({
  chat = "none" as "none" | "told" | "silent",
  ways = ["killSwitch", "pin"],
  people = [person],
} = {}) {
  const objects = new Map([["incidents/2026-11-20T00:00:00.000Z/postmortem.md", "an old one"]]);
  const put = (way: string) => {
    const transition = `${way}-drill-20261123T130000000Z`;
    const told = tellingOf({ incident, transition, way: way as "pin", mode: "drill", cause: "drill" });
    objects.set(`${folder}outbox/${transition}.json`, JSON.stringify(told));
    for (const channel of ["sns", ...(chat === "told" ? ["chat"] : [])]) {
      const receipt = { channel, endpoint: "e", messageId: "m", at: "2026-11-23T13:00:09.000Z", tries: 1 };
      objects.set(`${folder}outbox/${transition}.${channel}.json`, JSON.stringify(receipt));
    }
  };
  let time = 0;
  const ports = {
    store: incidentMap(objects),
    fire: async () => {
      for (const way of ways) put(way);
      if (ways.includes("killSwitch")) objects.set(`${folder}postmortem.md`, "# Fire drill");
    },
    subscribers: async () => people,
    hasChat: async () => chat !== "none",
    pauseMilliseconds: 0,
    now: () => (time += 1000),
  };
  return { run: () => drill(ports, 20, () => undefined) };
}

describe("a drill", () => {
  it("is whole when both ways have told people and the postmortem is written", async () => {
    const report = await world().run();
    expect(report.problems).toEqual([]);
    expect(report.file?.incident).toBe(incident);
    expect(report.reached.map(({ channel, way }) => `${way} ${channel}`)).toEqual([
      "killSwitch sns",
      "pin sns",
    ]);
    expect(drillText(report)).toContain("The whole way works, as far as the topics");
  });

  it("wants the chat told, too, where one is configured", async () => {
    const { problems, reached } = await world({ chat: "told" }).run();
    expect(reached.map(({ channel }) => channel)).toEqual(["sns", "sns", "chat", "chat"]);
    expect(problems).toEqual([]);
    const silent = await world({ chat: "silent" }).run();
    expect(silent.problems).toEqual([
      "killSwitch has not told people by chat",
      "pin has not told people by chat",
    ]);
  });

  it.each([
    [["killSwitch"], "pin has not told people by sns"],
    [["pin"], "no postmortem was written"],
    [[], "no function has recorded the drill"],
  ])("of which only %j tell says what is broken, when its time is over", async (ways, problem) => {
    const { problems } = await world({ ways }).run();
    expect(problems.join("\n")).toContain(problem);
  });

  it("names who has not confirmed the subscription, and that nobody is subscribed", async () => {
    const pending = await world({ people: [{ ...person, confirmed: false }] }).run();
    expect(pending.problems).toEqual([
      "ops@example.com has not confirmed the subscription, and hears nothing",
    ]);
    const { problems } = await world({ people: [{ ...person, protocol: "lambda" }] }).run();
    expect(problems).toEqual(["nobody is subscribed to the topics of the contacts"]);
  });
});
