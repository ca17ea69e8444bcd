import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const EXECUTABLE = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));

/** Why there is no browser; undefined when there is one. */
export const NO_BROWSER = EXECUTABLE === undefined ? "Chromium is not installed (apt-get install chromium)" : undefined;

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE ?? "", args: ["--no-sandbox"] });
}

/** Lends a page in a context of its own. Fails when the browser complained of anything, such as a breach of the page's policy. */
export async function withPage<Result>(
  browser: Browser | undefined,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<Result>,
): Promise<Result> {
  if (browser === undefined) throw new Error("the browser has not started");
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    const result = await use(page);
    if (complaints.length > 0) throw new Error(`the browser complained: ${complaints.join("; ")}`);
    return result;
  } finally {
    await context.close();
  }
}

/** What axe has to say about a page, as it is shown now. */
export async function findBarriers(page: Page): Promise<string[]> {
  // Through the debugger, which the page's policy does not bind.
  await page.evaluate(AXE);
  const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
    "axe.run().then(({ violations }) => violations)",
  );
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** How many pixels a page is wider than its window. */
export async function findOverflow(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

// --- internal ---

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
