import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { capDocument } from "../../../../flags/document.ts";
import { flagDocumentSchema } from "../../../../flags/document-schema.ts";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import type { AlarmState } from "../../../../infra/local/services/alarm-evaluation.ts";
import type { Transition } from "../../../../infra/local/services/alarm-service.ts";
import { AppConfigService } from "../../../../infra/local/services/app-config-service.ts";

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;
const alarm = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:errors";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "documents-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Alarms whose state the test sets. */
class Alarms {
  actionsEnabled = true;
  #state: AlarmState = "OK";
  #listener: (transition: Transition) => void = () => undefined;

  describe(arn: string) {
    if (arn !== alarm) return undefined;
    return { name: "errors", arn, state: this.#state, actionsEnabled: this.actionsEnabled, reason: "" };
  }

  onTransition(listener: (transition: Transition) => void) {
    this.#listener = listener;
    return () => undefined;
  }

  turn(to: AlarmState) {
    const from = this.#state;
    this.#state = to;
    this.#listener({ name: "errors", arn: alarm, from, to, at: 0, reason: "" });
  }
}

function stage() {
  const clock = new VirtualClock(start);
  const alarms = new Alarms();
  const appConfig = new AppConfigService({ clock, directory, alarms });
  const applicationId = appConfig.putApplication("part-lens");
  const environmentId = appConfig.putEnvironment(applicationId, "rollout", [alarm]);
  const profileId = appConfig.putProfile(applicationId, "flags");
  const strategyId = appConfig.putStrategy({
    name: "all-at-once",
    deploymentDurationInMinutes: 0,
    finalBakeTimeInMinutes: 60,
  });
  const place = { applicationId, environmentId, profileId };
  const deploy = (content: string) => {
    const version = appConfig.createVersion(applicationId, profileId, { content, contentType: "text/plain" });
    return appConfig.startDeployment({ ...place, version, strategyId });
  };
  const file = join(directory, applicationId, environmentId, profileId);
  const document = () => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
  return { clock, alarms, appConfig, place, deploy, document };
}

describe("a deployment", () => {
  it("bakes for its strategy's minutes and is complete then", async () => {
    const { clock, deploy } = stage();
    const deployment = deploy("off");
    expect(deployment).toMatchObject({ number: 1, version: 1, state: "BAKING" });
    await clock.advance(60 * minute - 1);
    expect(deployment.state).toBe("BAKING");
    await clock.advance(1);
    expect(deployment).toMatchObject({ state: "COMPLETE", completedAt: start + 60 * minute });
  });

  it("hands out the very first document at once, every later one after deployment and poll", async () => {
    const { clock, appConfig, place, deploy, document } = stage();
    const seen: string[] = [];
    appConfig.onChange(({ content, at }) => void seen.push(`${content} ${(at - start) / 1000}`));
    deploy("off");
    expect(document()).toBe("off");
    await clock.advance(61 * minute);
    deploy("canary-5");
    await clock.advance(19_999);
    expect(document()).toBe("off");
    await clock.advance(1);
    expect(document()).toBe("canary-5");
    const { applicationId, environmentId, profileId } = place;
    expect(appConfig.live(applicationId, environmentId, profileId)).toMatchObject({
      version: 2,
      content: "canary-5",
    });
    expect(seen).toEqual(["off 0", "canary-5 3680"]);
  });

  it("conflicts with another one that runs in its environment", async () => {
    const { clock, deploy } = stage();
    deploy("off");
    expect(() => deploy("canary-5")).toThrow(/ConflictException: deployment 1 is BAKING/);
    await clock.advance(60 * minute);
    expect(deploy("canary-5").number).toBe(2);
  });

  it.each(["ALARM", "INSUFFICIENT_DATA"] as const)(
    "is rolled back to the previous document when a monitor turns to %s in its bake",
    async (state) => {
      const { clock, alarms, deploy, document } = stage();
      deploy("off");
      await clock.advance(60 * minute);
      const deployment = deploy("canary-5");
      await clock.advance(30 * minute);
      alarms.turn(state);
      expect(deployment).toMatchObject({ state: "ROLLED_BACK", completedAt: clock.now() });
      expect(document()).toBe("canary-5");
      await clock.advance(20_000);
      expect(document()).toBe("off");
    },
  );

  it.each(["ALARM", "INSUFFICIENT_DATA"] as const)(
    "is rolled back at its start, and never handed out, while a monitor is in %s",
    async (state) => {
      const { clock, alarms, deploy, document } = stage();
      deploy("off");
      await clock.advance(60 * minute);
      alarms.turn(state);
      expect(deploy("canary-5").state).toBe("ROLLED_BACK");
      await clock.advance(minute);
      expect(document()).toBe("off");
    },
  );

  it("is left alone by its monitors once it is complete", async () => {
    const { clock, alarms, deploy, document } = stage();
    const deployment = deploy("canary-5");
    await clock.advance(60 * minute);
    alarms.turn("ALARM");
    await clock.advance(minute);
    expect(deployment.state).toBe("COMPLETE");
    expect(document()).toBe("canary-5");
  });

  it("is not rolled back by an alarm whose actions are disabled", () => {
    const { alarms, deploy } = stage();
    alarms.actionsEnabled = false;
    const deployment = deploy("canary-5");
    alarms.turn("ALARM");
    expect(deployment.state).toBe("BAKING");
  });

  it("leaves no document when the first one is rolled back", async () => {
    const { clock, alarms, deploy, document } = stage();
    deploy("canary-5");
    alarms.turn("ALARM");
    await clock.advance(minute);
    expect(document()).toBeUndefined();
  });
});

describe("a profile's validators", () => {
  it.each([
    ['{"flags":{"a":1}}', true],
    ['{"flags":{}}', false],
    ["[]", false],
    ["not json", false],
  ])("decide at the start of a deployment whether %s may be handed out: %s", (content, accepted) => {
    const { appConfig, place, deploy } = stage();
    const flags = { type: "object", minProperties: 1 };
    const schema = JSON.stringify({ type: "object", required: ["flags"], properties: { flags } });
    appConfig.putProfile(place.applicationId, "flags", [schema]);
    if (accepted) expect(deploy(content).state).toBe("BAKING");
    else expect(() => deploy(content)).toThrow("BadRequestException: version 1 is invalid");
    expect(appConfig.deployments).toHaveLength(accepted ? 1 : 0);
  });

  it("accept the cap and refuse an empty document by the schema that the program hands over", () => {
    const { appConfig, place, deploy } = stage();
    appConfig.putProfile(place.applicationId, "flags", [JSON.stringify(flagDocumentSchema)]);
    for (const wiping of ["{}", "[]", '{"flags":[]}', '{"flags":{}}'])
      expect(() => deploy(wiping)).toThrow("is invalid");
    expect(deploy(capDocument(0)).state).toBe("BAKING");
  });
});

describe("stopping a deployment", () => {
  it("that bakes needs allowRevert, and restores the previous document", async () => {
    const { clock, appConfig, place, deploy, document } = stage();
    deploy("off");
    await clock.advance(60 * minute);
    const deployment = deploy("canary-5");
    const wanted = { ...place, number: deployment.number };
    expect(() => appConfig.stopDeployment(wanted)).toThrow("BadRequestException");
    appConfig.stopDeployment({ ...wanted, allowRevert: true });
    expect(deployment.state).toBe("ROLLED_BACK");
    await clock.advance(20_000);
    expect(document()).toBe("off");
    expect(deploy("off").state).toBe("BAKING");
  });

  it("that is complete reverts it for 72 hours", async () => {
    const { clock, appConfig, place, deploy, document } = stage();
    deploy("off");
    await clock.advance(60 * minute);
    const deployment = deploy("canary-5");
    await clock.advance(61 * minute);
    const wanted = { ...place, number: deployment.number, allowRevert: true };
    expect(appConfig.stopDeployment(wanted).state).toBe("REVERTED");
    await clock.advance(20_000);
    expect(document()).toBe("off");
    expect(() => appConfig.stopDeployment(wanted)).toThrow("BadRequestException");
    const late = deploy("canary-5");
    await clock.advance(60 * minute + 72 * 60 * minute + 1);
    expect(() => appConfig.stopDeployment({ ...wanted, number: late.number })).toThrow("BadRequestException");
  });
});

describe("the registry", () => {
  it("gives the same names the same ids, and versions numbers that are never used twice", () => {
    const { appConfig, place } = stage();
    const { applicationId, profileId } = place;
    expect(appConfig.putApplication("part-lens")).toBe(applicationId);
    expect(appConfig.putProfile(applicationId, "flags")).toBe(profileId);
    const content = { content: "x", contentType: "text/plain" };
    const first = appConfig.createVersion(applicationId, profileId, content);
    appConfig.deleteVersion(applicationId, profileId, first);
    expect(appConfig.createVersion(applicationId, profileId, content)).toBe(first + 1);
    expect(() => appConfig.version(applicationId, profileId, first)).toThrow("ResourceNotFoundException");
  });

  it("takes at most five monitors, a bake of at most a day, and only strategies all at once", () => {
    const { appConfig, place } = stage();
    const monitors = Array.from({ length: 6 }, (_, index) => `${alarm}${index}`);
    expect(() => appConfig.putEnvironment(place.applicationId, "x", monitors)).toThrow("at most 5");
    const strategy = { name: "x", deploymentDurationInMinutes: 0, finalBakeTimeInMinutes: 1441 };
    expect(() => appConfig.putStrategy(strategy)).toThrow("1440");
    const linear = { ...strategy, deploymentDurationInMinutes: 10, finalBakeTimeInMinutes: 0 };
    expect(() => appConfig.putStrategy(linear)).toThrow("all at once");
  });
});
