import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderWeek } from "../../monitoring/report/weekly/weekly-report.ts";
import { sampleWeek } from "../monitoring/report/weekly/sample-week.ts";
import { findChromium, keepPicture, launch, overflowing, show, windows } from "./chromium.ts";

const executable = findChromium();
if (!executable) console.log("the weekly report is not opened: no Chromium on PATH");

const week = sampleWeek();
const html = renderWeek(week);

/** How the lines of the first sparkline are painted. */
function painted(page: Page): Promise<string[]> {
  return page.evaluate(
    `[...document.querySelector(".spark svg").querySelectorAll("path[stroke]")].map((path) => getComputedStyle(path).stroke)`,
  );
}

describe.skipIf(!executable)("the weekly report, opened in a browser", () => {
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
      await keepPicture(page, `weekly-report-${name}`);
    },
  );

  it("draws a line for each action over the width of its cell, in the theme's own colour", async () => {
    const lines: Record<string, string[]> = {};
    for (const theme of ["light", "dark"] as const) {
      const { page } = await show(browser, html, { ...windows.desk, colorScheme: theme });
      const sparks = page.locator(".spark svg");
      expect(await sparks.count()).toBe(3);
      const box = await sparks.first().locator("path[stroke]").last().boundingBox();
      expect(box!.width).toBeGreaterThan(120);
      lines[theme] = await painted(page);
    }
    expect(lines.light).not.toEqual(lines.dark);
    expect(lines.light?.[0]).toMatch(/^rgb\(/);
  });

  it("marks the day of a break", async () => {
    const drift = week.drift.map((day, index) => (index === 3 ? { ...day, breaks: 1 } : day));
    const { page } = await show(browser, renderWeek({ ...week, drift }), windows.telephone);
    const marks = page.locator(".days").first().locator("span");
    expect(await marks.allInnerTexts()).toEqual(["✓", "✓", "✓", "✗", "✓", "✓", "✓"]);
    expect(await marks.nth(3).getAttribute("title")).toBe("2026-01-08: 1 break");
  });
});
