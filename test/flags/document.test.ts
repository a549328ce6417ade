import { describe, expect, it } from "vitest";
import { capDocument, documentHash, rolloutDocument } from "../../flags/document.ts";

describe("rolloutDocument", () => {
  const canary = { stage: "canary-5", cohort: ["b", "a"], holdOuts: ["z"] };

  it("carries the percent of the stage, its name and the yachts", () => {
    const document = JSON.parse(rolloutDocument(canary));
    const percent = document.flags.PART_LENS_V2_ENABLED_PERCENT;
    expect(percent.variants[percent.defaultVariant]).toBe(5);
    expect(document.flags.PART_LENS_V2.defaultVariant).toBe("off");
    expect(document.flags.PART_LENS_V2.targeting).toEqual({
      if: [{ in: [{ var: "yachtId" }, ["z"]] }, "off", { in: [{ var: "yachtId" }, ["a", "b"]] }, "on", "off"],
    });
    expect(document.metadata).toEqual({ stage: "canary-5", percent: 5 });
  });

  it("is the same text for the same yachts in any order", () => {
    expect(rolloutDocument({ ...canary, cohort: ["a", "b"] })).toBe(rolloutDocument(canary));
  });

  it("differs between two stages only in the stage and in the lines of the newly exposed yachts", () => {
    const before = rolloutDocument(canary).split("\n");
    const after = rolloutDocument({ ...canary, stage: "ramp-20", cohort: ["a", "b", "c"] }).split("\n");
    const added = after.filter((line) => !before.includes(line)).map((line) => line.trim());
    expect(added).toEqual([
      '"defaultVariant": "ramp-20"',
      '"b",',
      '"c"',
      '"stage": "ramp-20",',
      '"percent": 20',
    ]);
  });

  it("refuses an unknown stage, and a cohort where nobody is exposed", () => {
    expect(() => rolloutDocument({ ...canary, stage: "ramp-7" })).toThrow(/no stage "ramp-7"/);
    expect(() => rolloutDocument({ ...canary, stage: "off" })).toThrow(/exposes nobody/);
  });
});

describe("capDocument", () => {
  it.each([0, 100] as const)("says %i", (cap) => {
    const flag = JSON.parse(capDocument(cap)).flags.PART_LENS_V2_CAP;
    expect(flag.variants[flag.defaultVariant]).toBe(cap);
  });
});

describe("documentHash", () => {
  it("is the start of the content's sha256", () => {
    expect(documentHash("")).toBe("e3b0c44298fc");
    expect(documentHash(capDocument(0))).not.toBe(documentHash(capDocument(100)));
  });
});
