import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capDocument, documentHash, rolloutDocument } from "../../flags/document.ts";
import { createLens, type LensOptions } from "../../flags/lens.ts";
import type { DocumentSource } from "../../flags/source.ts";

const ramp50 = rolloutDocument({ stage: "ramp-50", cohort: ["on"], holdOuts: [] });

/** A source whose document the test exchanges; undefined cannot be reached. */
class MemorySource implements DocumentSource {
  polls = 0;
  #content: string | undefined;
  #seen: string | undefined;

  constructor(content: string | undefined) {
    this.#content = content;
  }

  set(content: string | undefined): void {
    this.#content = content;
  }

  async poll() {
    this.polls++;
    if (this.#content === undefined) throw new Error("unreachable");
    if (this.#content === this.#seen) return "unchanged";
    this.#seen = this.#content;
    return { content: this.#content };
  }
}

function lensOf(
  documents: { rollout?: string | undefined; cap?: string | undefined; pollSeconds?: number } = {},
) {
  const { rollout = ramp50, cap = capDocument(100), pollSeconds = 15 } = documents;
  const document = new MemorySource("rollout" in documents ? documents.rollout : rollout);
  const killSwitch = new MemorySource("cap" in documents ? documents.cap : cap);
  const clock = { now: 1_000_000 };
  const problems: Error[] = [];
  const options: LensOptions = {
    document,
    killSwitch,
    pollSeconds,
    now: () => clock.now,
    failed: (p) => problems.push(p),
  };
  return { lens: createLens(options), document, killSwitch, clock, problems };
}

describe("the lens", () => {
  it("gives v2 to a yacht of the cohort and v1 to others, stamped with the document", async () => {
    const { lens } = lensOf();
    const stamp = { percent: 50, cap: 100, stage: "ramp-50", flagHash: documentHash(ramp50) };
    expect(await lens.decide("on")).toEqual({ version: "v2", ...stamp });
    expect(await lens.decide("other")).toEqual({ version: "v1", ...stamp });
    expect(await lens.exposure()).toEqual(stamp);
  });

  it("gives v1 to everyone when the cap is 0, whatever the rollout says", async () => {
    const { lens } = lensOf({ cap: capDocument(0) });
    expect(await lens.decide("on")).toMatchObject({ version: "v1", percent: 50, cap: 0 });
  });

  it("gives v1 at 0 percent even to a yacht that the document still lists", async () => {
    const { lens } = lensOf({
      rollout: ramp50.replace('"defaultVariant": "ramp-50"', '"defaultVariant": "off"'),
    });
    expect(await lens.decide("on")).toMatchObject({ version: "v1", percent: 0 });
  });

  it.each([
    ["the rollout document is missing", { rollout: undefined }],
    ["the cap is missing", { cap: undefined }],
    ["the rollout document is malformed", { rollout: "{}" }],
    ["the cap is malformed", { cap: "[]" }],
    ["the two documents were mixed up", { rollout: capDocument(100), cap: ramp50 }],
  ])("gives v1, and says that it knows nothing, when %s", async (_, documents) => {
    const { lens, problems } = lensOf(documents);
    const unknown = { percent: null, cap: null, stage: "unknown", flagHash: "none" };
    expect(await lens.decide("on")).toEqual({ version: "v1", ...unknown });
    expect(await lens.exposure()).toEqual(unknown);
    expect(problems.length).toBeGreaterThan(0);
  });

  it("follows a new document at the next poll, not before", async () => {
    const { lens, document, clock } = lensOf();
    await lens.decide("on");
    document.set(rolloutDocument({ stage: "off", cohort: [], holdOuts: [] }));
    clock.now += 14_999;
    expect((await lens.decide("on")).version).toBe("v2");
    clock.now += 1;
    expect(await lens.decide("on")).toMatchObject({ version: "v1", stage: "off", percent: 0 });
  });

  it("follows the cap on the very next request when it polls each time", async () => {
    const { lens, killSwitch } = lensOf({ pollSeconds: 0 });
    expect((await lens.decide("on")).version).toBe("v2");
    killSwitch.set(capDocument(0));
    expect((await lens.decide("on")).version).toBe("v1");
    killSwitch.set(capDocument(100));
    expect((await lens.decide("on")).version).toBe("v2");
  });

  it.each(["document", "killSwitch"] as const)(
    "keeps an old %s that cannot be polled for 60 s, then gives v1, and v2 again when it can",
    async (which) => {
      const { clock, ...made } = lensOf();
      await made.lens.decide("on");
      const content = which === "document" ? ramp50 : capDocument(100);
      made[which].set(undefined);
      clock.now += 60_000;
      expect((await made.lens.decide("on")).version).toBe("v2");
      clock.now += 1;
      expect(await made.lens.decide("on")).toMatchObject({ version: "v1", stage: "unknown" });
      made[which].set(content);
      clock.now += 15_000;
      expect((await made.lens.decide("on")).version).toBe("v2");
    },
  );

  it("goes to v1 at once when a document becomes malformed, and back when it is mended", async () => {
    const { lens, document, problems } = lensOf({ pollSeconds: 0 });
    await lens.decide("on");
    document.set("{}");
    expect((await lens.decide("on")).version).toBe("v1");
    expect((await lens.decide("on")).version).toBe("v1");
    expect(problems).toHaveLength(1);
    document.set(ramp50);
    expect((await lens.decide("on")).version).toBe("v2");
  });

  it("does not believe a source that wants no poll yet to be polled", async () => {
    const { lens, document, clock } = lensOf();
    await lens.decide("on");
    document.poll = async () => "early" as never;
    clock.now += 60_001;
    expect((await lens.decide("on")).version).toBe("v1");
  });

  it("polls once for requests that come together", async () => {
    const { lens, document, clock } = lensOf();
    const together = () => Promise.all(Array.from({ length: 20 }, (_, i) => lens.decide(`yacht-${i}`)));
    await together();
    expect(document.polls).toBe(1);
    clock.now += 15_000;
    await together();
    expect(document.polls).toBe(2);
  });

  it("never gives v2 unless both documents, polled within 60 s, say so", async () => {
    const contents = [ramp50, undefined, "{}", rolloutDocument({ stage: "off", cohort: [], holdOuts: [] })];
    const caps = [capDocument(100), capDocument(0), undefined, "[]"];
    const step = fc.record({
      rollout: fc.constantFrom(...contents),
      cap: fc.constantFrom(...caps),
      seconds: fc.integer({ min: 0, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { lens, document, killSwitch, clock } = lensOf({ pollSeconds: 0 });
        let good = { rollout: Number.NEGATIVE_INFINITY, cap: Number.NEGATIVE_INFINITY };
        for (const { rollout, cap, seconds } of steps) {
          clock.now += seconds * 1000;
          document.set(rollout);
          killSwitch.set(cap);
          // A source that cannot be reached keeps what was there; any other content replaces it at once.
          const at = (content: string | undefined, wanted: string, before: number) =>
            content === undefined ? before : content === wanted ? clock.now : Number.NEGATIVE_INFINITY;
          good = { rollout: at(rollout, ramp50, good.rollout), cap: at(cap, capDocument(100), good.cap) };
          const expected = clock.now - good.rollout <= 60_000 && clock.now - good.cap <= 60_000 ? "v2" : "v1";
          expect((await lens.decide("on")).version).toBe(expected);
        }
      }),
      { numRuns: 200 },
    );
  });
});
