import { expect, it } from "vitest";
import { withStage } from "../../../infra/update/stage-setting.ts";

/** A stack's file, with what it named after each write. */
function stackFile(stage: string) {
  const named = [stage];
  return {
    named,
    getConfig: async () => ({ value: named.at(-1)! }),
    setConfig: async (_key: string, { value }: { value: string }) => {
      named.push(value);
    },
  };
}

it("an update of the stage leaves the new one in the stack file", async () => {
  const file = stackFile("off");
  expect(await withStage(file, "canary-5", async () => file.named.at(-1))).toBe("canary-5");
  expect(file.named).toEqual(["off", "canary-5"]);
});

it("an update of the stage that is refused leaves the one before, and what refused it is passed on", async () => {
  const file = stackFile("off");
  const refused = new Error("canary-5 is refused");
  await expect(withStage(file, "canary-5", () => Promise.reject(refused))).rejects.toBe(refused);
  expect(file.named).toEqual(["off", "canary-5", "off"]);
});
