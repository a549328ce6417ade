import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderWeek } from "../../monitoring/report/weekly/weekly-report.ts";
import { sampleWeek } from "../monitoring/report/weekly/sample-week.ts";
import { findChromium, keepPicture, launch, overflowing, show, windows } from "./chromium.ts";

const executable = findChromium();
if (!executable) console.log("the weekly report is not opened: no Chromium on PATH");

const week = sampleWeek();
const drifting = ["engine store", "forepeak, port side, the second locker from the bulkhead"].map(
  (location, index) => ({
    tenant: "aegean-charter",
    yachtId: "8a1f6c1e-54f0-4c8e-9a55-2f3b1c7d9e01",
    partId: `0f0e0d0c-0b0a-4908-8706-05040302010${index}`,
    ...{ location, total: 12_345.5, cached: 12_000, drift: index === 0 ? 0.0279 : 0.004 },
    days: ["2026-01-06", "2026-01-08"].slice(index),
  }),
);
const html = renderWeek({ ...week, drifting });

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

  it("has every column of what drifted in sight, whatever the window", async () => {
    for (const name of Object.keys(windows) as (keyof typeof windows)[]) {
      const { page } = await show(browser, html, windows[name]);
      const rows = await page.locator(".places tbody tr").allInnerTexts();
      expect(rows).toHaveLength(2);
      for (const text of ["engine store", "12,345.5", "12,000", "2.79 %", "2026-01-06 to 2026-01-08"])
        expect(rows[0]).toContain(text);
    }
  });

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
