import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CohortYacht, cohortOf, holdOutsOf, runningCohort } from "../../flags/cohort.ts";
import { plan } from "../../flags/plan.ts";

const yacht = fc.record({ id: fc.uuid(), pilot: fc.boolean(), holdOut: fc.boolean() });
const fleet = fc.uniqueArray(yacht, { selector: ({ id }) => id, maxLength: 60 });
const percent = fc.integer({ min: 0, max: 100 });

const named = (count: number, of: Partial<CohortYacht> = {}): CohortYacht[] =>
  Array.from({ length: count }, (_, i) => ({ id: `yacht-${i}`, ...of }));
const idsOf = (yachts: readonly CohortYacht[]) => yachts.map(({ id }) => id);

describe("cohortOf", () => {
  it.each([
    { yachts: 20, percent: 0, size: 0 },
    { yachts: 20, percent: 5, size: 1 },
    { yachts: 20, percent: 20, size: 4 },
    { yachts: 20, percent: 50, size: 10 },
    { yachts: 20, percent: 100, size: 20 },
    { yachts: 3, percent: 5, size: 1 },
    { yachts: 21, percent: 5, size: 2 },
    { yachts: 0, percent: 100, size: 0 },
  ])("exposes $size of $yachts yachts at $percent %", ({ yachts, percent, size }) => {
    expect(cohortOf({ percent, yachts: named(yachts) })).toHaveLength(size);
  });

  it("takes exactly ceil(percent · N / 100) of the yachts that are not held out", () => {
    fc.assert(
      fc.property(fleet, percent, (yachts, percent) => {
        const candidates = yachts.filter(({ holdOut }) => !holdOut);
        const cohort = cohortOf({ percent, yachts });
        expect(cohort).toHaveLength(Math.ceil((percent * candidates.length) / 100));
        expect(idsOf(candidates)).toEqual(expect.arrayContaining(cohort));
      }),
    );
  });

  it("takes pilots before anyone else", () => {
    const yachts = [...named(18), { id: "pilot-a", pilot: true }, { id: "pilot-b", pilot: true }];
    expect(cohortOf({ percent: 10, yachts }).sort()).toEqual(["pilot-a", "pilot-b"]);
  });

  it("does not depend on the order in which the fleet is listed", () => {
    fc.assert(
      fc.property(fleet, percent, (yachts, percent) => {
        expect(cohortOf({ percent, yachts: yachts.toReversed() })).toEqual(cohortOf({ percent, yachts }));
      }),
    );
  });

  it("only grows from stage to stage, whatever happens to the fleet in between", () => {
    const change = fc.record({ joining: fleet, leaving: fc.infiniteStream(fc.boolean()) });
    fc.assert(
      fc.property(fleet, fc.array(change, { minLength: 4, maxLength: 4 }), (first, changes) => {
        let yachts: CohortYacht[] = first;
        let previous: string[] = [];
        for (const [index, { percent }] of plan.slice(1).entries()) {
          const cohort = cohortOf({ percent, yachts, previous });
          const present = new Set(idsOf(yachts.filter(({ holdOut }) => !holdOut)));
          expect(cohort).toEqual(expect.arrayContaining(previous.filter((id) => present.has(id))));
          const { joining, leaving } = changes[index]!;
          const staying = yachts.filter(() => !leaving.next().value);
          yachts = [...staying, ...joining.filter(({ id }) => !idsOf(staying).includes(id))];
          previous = cohort;
        }
      }),
    );
  });

  it("ejects nobody but the yacht that leaves", () => {
    fc.assert(
      fc.property(fleet, percent, fc.nat(), (yachts, percent, pick) => {
        fc.pre(yachts.length > 0 && percent > 0);
        const gone = yachts[pick % yachts.length]!.id;
        const previous = cohortOf({ percent, yachts });
        const after = cohortOf({ percent, yachts: yachts.filter(({ id }) => id !== gone), previous });
        expect(after).toEqual(expect.arrayContaining(previous.filter((id) => id !== gone)));
      }),
    );
  });

  it("refuses a percent outside 0…100", () => {
    for (const percent of [-1, 101, Number.NaN]) {
      expect(() => cohortOf({ percent, yachts: named(3) })).toThrow(RangeError);
    }
  });
});

describe("runningCohort", () => {
  it("lets a yacht that was added during a stage wait for the next one, pilot or not", () => {
    fc.assert(
      fc.property(fleet, fleet, fc.constantFrom(5, 20, 50), (yachts, added, percent) => {
        const previous = cohortOf({ percent, yachts });
        const grown = [...yachts, ...added.filter(({ id }) => !idsOf(yachts).includes(id))];
        expect(runningCohort({ percent, yachts: grown, previous }).sort()).toEqual(previous.sort());
      }),
    );
  });

  it("drops who left the fleet or is now held out", () => {
    const yachts: CohortYacht[] = [{ id: "a" }, { id: "b", holdOut: true }];
    expect(runningCohort({ percent: 50, yachts, previous: ["a", "b", "c"] })).toEqual(["a"]);
  });

  it("has everyone at 100, where there is no next stage to wait for, and nobody at 0", () => {
    const yachts: CohortYacht[] = [{ id: "a" }, { id: "new" }];
    expect(runningCohort({ percent: 100, yachts, previous: ["a"] }).sort()).toEqual(["a", "new"]);
    expect(runningCohort({ percent: 0, yachts, previous: ["a"] })).toEqual([]);
  });
});

describe("holdOutsOf", () => {
  it("lists the held-out yachts by id", () => {
    expect(holdOutsOf([{ id: "c", holdOut: true }, { id: "b" }, { id: "a", holdOut: true }])).toEqual([
      "a",
      "c",
    ]);
  });
});
