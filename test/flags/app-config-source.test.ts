import {
  BadRequestException,
  GetLatestConfigurationCommand,
  type StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata";
import { expect, it } from "vitest";
import { appConfigSource } from "../../flags/app-config-source.ts";

const identity = { application: "app", environment: "env", profile: "rollout" };

/** The data plane: tokens are used once, a body comes only when the content is new to the session. */
class DataPlane {
  content = "one";
  interval = 15;
  sessions = 0;
  calls = 0;
  failure: Error | undefined;
  #token = "";
  #sent: string | undefined;

  async send(command: StartConfigurationSessionCommand | GetLatestConfigurationCommand): Promise<unknown> {
    this.calls++;
    if (this.failure) throw this.failure;
    if (!(command instanceof GetLatestConfigurationCommand)) {
      this.sessions++;
      this.#sent = undefined;
      this.#token = `token-${this.calls}`;
      return { InitialConfigurationToken: this.#token };
    }
    if (command.input.ConfigurationToken !== this.#token) {
      throw new BadRequestException({ message: "invalid token", $metadata: {} });
    }
    this.#token = `token-${this.calls}`;
    const body = this.content === this.#sent ? "" : this.content;
    this.#sent = this.content;
    return {
      Configuration: { transformToString: () => body },
      NextPollConfigurationToken: this.#token,
      NextPollIntervalInSeconds: this.interval,
    };
  }

  expire(): void {
    this.#token = "expired";
  }
}

function made() {
  const plane = new DataPlane();
  const clock = { now: 0 };
  return { plane, clock, source: appConfigSource(identity, plane as never, () => clock.now) };
}

it("hands a document out once, then takes an empty body for unchanged", async () => {
  const { plane, clock, source } = made();
  expect(await source.poll()).toEqual({ content: "one" });
  clock.now += 15_000;
  expect(await source.poll()).toBe("unchanged");
  plane.content = "two";
  clock.now += 15_000;
  expect(await source.poll()).toEqual({ content: "two" });
  expect(plane.sessions).toBe(1);
});

it("asks nobody before the interval that AppConfig wants is over", async () => {
  const { plane, clock, source } = made();
  plane.interval = 60;
  await source.poll();
  const { calls } = plane;
  clock.now += 59_000;
  expect(await source.poll()).toBe("early");
  expect(plane.calls).toBe(calls);
  clock.now += 1000;
  expect(await source.poll()).toBe("unchanged");
});

it("starts a new session when its token is refused", async () => {
  const { plane, clock, source } = made();
  await source.poll();
  plane.expire();
  plane.content = "two";
  clock.now += 15_000;
  expect(await source.poll()).toEqual({ content: "two" });
  expect(plane.sessions).toBe(2);
});

it("throws when AppConfig cannot be reached, and recovers by a new session", async () => {
  const { plane, clock, source } = made();
  await source.poll();
  plane.failure = new Error("no route");
  clock.now += 15_000;
  await expect(source.poll()).rejects.toThrow("no route");
  plane.failure = undefined;
  expect(await source.poll()).toEqual({ content: "one" });
  expect(plane.sessions).toBe(2);
});
