import { statSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { palettes, type Theme } from "../../monitoring/report/palette.ts";
import { renderReport } from "../../monitoring/report/report.ts";
import { sampleTimeline } from "../monitoring/report/sample-timeline.ts";
import { findChromium, keepPicture, launch, overflowing, show, windows } from "./chromium.ts";

const executable = findChromium();
if (!executable) console.log("the reports are not opened: no Chromium on PATH");

const timeline = sampleTimeline();
const html = renderReport(timeline);
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Stroke extends Box {
  readonly dashed: boolean;
}

/** The lines of that colour in the first drawing that is to be seen: their boxes, pixels of the page. */
function strokes(page: Page, colour: string): Promise<Stroke[]> {
  const drawing = page.locator(".drawing:visible").first();
  return drawing.locator(`path[stroke="${colour}"]`).evaluateAll((paths) =>
    paths.map((path) => {
      const { left, right, top, bottom } = path.getBoundingClientRect();
      return { left, right, top, bottom, dashed: path.hasAttribute("stroke-dasharray") };
    }),
  );
}

/** The box of a writing in the first drawing that is to be seen. */
async function writing(page: Page, text: string): Promise<Box> {
  const drawing = page.locator(".drawing:visible").first();
  const [box] = await drawing.locator("text").evaluateAll(
    (all, wanted) =>
      all
        .filter((element) => element.textContent === wanted)
        .map((element) => element.getBoundingClientRect())
        .map(({ left, right, top, bottom }) => ({ left, right, top, bottom })),
    text,
  );
  expect(box, `"${text}" is written in the drawing`).toBeDefined();
  return box!;
}

/** The colour that the page is painted with, as the browser computes it. */
function paperOf(page: Page): Promise<string> {
  return page.evaluate("getComputedStyle(document.body).backgroundColor");
}

describe.skipIf(!executable)("the report of a rollout, opened in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(executable!);
  });
  afterAll(() => browser?.close());

  it.each(Object.keys(windows) as (keyof typeof windows)[])(
    "fits into the window of a %s, asks nothing of the network and keeps a picture",
    async (name) => {
      const { page, requests, problems } = await show(browser, html, windows[name]);
      expect(await overflowing(page)).toEqual([]);
      expect({ requests, problems }).toEqual({ requests: [], problems: [] });
      expect(statSync(await keepPicture(page, `rollout-report-${name}`)).size).toBeGreaterThan(20_000);
    },
  );

  it.each([
    ["light", "desk"],
    ["dark", "desk"],
    ["light", "telephone"],
    ["dark", "telephone"],
  ] as const)("draws one timeline in %s on a %s, on paper of that theme", async (theme, name) => {
    const { page } = await show(browser, html, { ...windows[name], colorScheme: theme });
    const seen = await page.locator(".drawing:visible").evaluateAll((all) => all.map((one) => one.className));
    const size = name === "desk" ? "wide" : "narrow";
    // The whole, and the close-up of the one rollback.
    expect(seen).toEqual([`drawing ${theme} ${size}`, `drawing ${theme} ${size}`]);
    expect(await paperOf(page)).toBe(rgb(theme));
    if (theme === "dark") await keepPicture(page, `rollout-report-${name}-dark`);
  });

  it("draws the rollback as a line under its name, through all panels and where the exposure falls", async () => {
    const { page } = await show(browser, html, windows.desk);
    const name = await writing(page, "R1");
    const lines = await strokes(page, palettes.light.bad);
    expect(lines).toHaveLength(4);
    const middle = (name.left + name.right) / 2;
    for (const { left, top, bottom } of lines) {
      expect(Math.abs(left - middle)).toBeLessThan(2);
      expect(bottom - top).toBeGreaterThan(20);
    }
    const [observed] = (await strokes(page, palettes.light.v2)).toSorted((a, b) => a.top - b.top);
    expect(observed!.bottom).toBeLessThan((await writing(page, "Error rate")).top);
    expect(observed!.left).toBeLessThan(middle);
    expect(observed!.right).toBeGreaterThan(middle);
  });

  it.each(Object.keys(windows) as (keyof typeof windows)[])(
    "writes no alarm's name across the line of a rollback, in the window of a %s",
    async (name) => {
      const [first] = timeline.rollbacks;
      // One close behind the first, and one at the end, where the right has no room.
      const rollbacks = [141, 175, 1_760].map((at) => ({ ...first!, at }));
      const late = (minute: number) => (minute >= 1_755 && minute < 1_762 ? ["dataIntegrity"] : []);
      const minutes = timeline.minutes.map((one) => ({
        ...one,
        alarms: [...one.alarms, ...late(one.minute)],
      }));
      const { page } = await show(browser, renderReport({ ...timeline, rollbacks, minutes }), windows[name]);
      const { bottom } = await writing(page, "In ALARM");
      const lines = (await strokes(page, palettes.light.bad)).filter(({ top }) => top > bottom);
      expect(lines).toHaveLength(3);
      for (const alarm of [
        "serverErrorsFast",
        "serverErrors",
        "errorRate",
        "unsignedAttempt",
        "dataIntegrity",
      ]) {
        const box = await writing(page, alarm);
        const crossed = lines.filter(({ left }) => left > box.left && left < box.right);
        expect([alarm, crossed]).toEqual([alarm, []]);
      }
    },
  );

  it.each(["v1", "v2"] as const)("draws %s's P95 solid and its P99 dotted above it", async (version) => {
    const { page } = await show(browser, html, windows.desk);
    const { bottom } = await writing(page, "P95, ms (log)");
    const lines = (await strokes(page, palettes.light[version])).filter(({ top }) => top > bottom);
    const [p95] = lines.filter(({ dashed }) => !dashed);
    const [p99] = lines.filter(({ dashed }) => dashed);
    expect(p99!.top).toBeLessThan(p95!.top);
    expect(p99!.right).toBeCloseTo(p95!.right, 0);
  });

  it("shows a line of the table for each criterion, with its value, limit, samples and verdict in sight", async () => {
    const { page } = await show(browser, html, windows.telephone);
    const rows = page.locator("article.stage tbody tr");
    const expected = timeline.stages.reduce((sum, { criteria }) => sum + criteria.length, 0);
    expect(await rows.count()).toBe(expected);
    const first = await rows.first().innerText();
    for (const text of ["Server errors", "≤ 0", "360", "pass"]) expect(first).toContain(text);
  });

  it("names who did what, and when", async () => {
    const { page } = await show(browser, html, windows.desk);
    const row = page.locator("tr.acknowledged");
    expect(await row.innerText()).toMatch(
      /2:36\s+acknowledged\s+“fixed in the second build”\s+engineer on duty/,
    );
    expect(await row.isVisible()).toBe(true);
  });

  it("prints black on white whatever the theme, within the width of the paper", async () => {
    const { page } = await show(browser, html, { ...windows.desk, colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await paperOf(page)).toBe(rgb("light"));
    const seen = await page.locator(".drawing:visible").evaluateAll((all) => all.map((one) => one.className));
    expect(new Set(seen)).toEqual(new Set(["drawing light wide"]));
    const pdf = await page.pdf({ format: "A4" });
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThanOrEqual(2);
    expect(pages).toBeLessThanOrEqual(12);
  });
});

function rgb(theme: Theme): string {
  const [red, green, blue] = palettes[theme].paper
    .match(/[0-9a-f]{2}/g)!
    .map((pair) => Number.parseInt(pair, 16));
  return `rgb(${red}, ${green}, ${blue})`;
}
