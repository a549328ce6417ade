import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { programOnPath } from "../../infra/update/program-on-path.ts";
import { patience } from "../support/patience.ts";

/** Debian's name first, then those of other systems. */
const names = ["chromium", "chromium-browser", "google-chrome"] as const;

/** Where the pictures that the tests take are kept, for whoever wants to look. */
export const pictureDirectory = resolve(".part-lens/test/pictures");

/** Where the browser is; undefined when none is on PATH. */
export function findChromium(): string | undefined {
  return programOnPath(names);
}

/** Headless, and silent towards the network: what it shows must need none. */
export function launch(executablePath: string): Promise<Browser> {
  const quiet = ["disable-background-networking", "disable-component-update", "disable-sync", "disable-quic"];
  // Root has no sandbox to go into; the pages are our own.
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", ...quiet.map((name) => `--${name}`)];
  return chromium.launch({ executablePath, args, timeout: patience.timeout });
}

export interface Shown {
  readonly page: Page;
  /** What the page asked of the network. */
  readonly requests: readonly string[];
  /** What went wrong in it. */
  readonly problems: readonly string[];
}

/** Shows a document in a window of its own. */
export async function show(browser: Browser, html: string, options: BrowserContextOptions): Promise<Shown> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience.timeout);
  const page = await context.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.setContent(html);
  return { page, requests, problems };
}

/** What the reports are looked at through. */
export const windows = {
  desk: { viewport: { width: 1280, height: 900 } },
  telephone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
} as const;

/** Everything that stands out of the window to the right, by its tag and text. */
export function overflowing(page: Page): Promise<string[]> {
  return page
    .locator("body *:not(svg *)")
    .evaluateAll(
      (all, width) =>
        all
          .filter((element) => element.getBoundingClientRect().right > width + 1)
          .map((element) => `${element.tagName} ${element.textContent?.slice(0, 40)}`),
      page.viewportSize()!.width,
    );
}

/** Keeps the whole page as a picture, and says where. */
export async function keepPicture(page: Page, name: string): Promise<string> {
  mkdirSync(pictureDirectory, { recursive: true });
  const path = join(pictureDirectory, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}
