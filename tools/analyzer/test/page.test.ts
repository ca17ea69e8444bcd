import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testWith } from "@strangler/test-kit/jest";
import { chromium, type Browser, type Page } from "playwright-core";
import type { Analysis } from "../src/analysis.ts";
import { analyze } from "../src/analyze.ts";
import { readPageAssets } from "../src/commands/page-assets.ts";
import type { Seam } from "../src/findings/seams.ts";
import { findTies } from "../src/findings/ties.ts";
import { renderHtml } from "../src/report/html/html.ts";
import { createTree } from "./temporary-tree.ts";

const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
const NO_BROWSER = BROWSER === undefined ? "Chromium is not installed (apt-get install chromium)" : undefined;

let analysis: Analysis;
let browser: Browser | undefined;

beforeAll(async () => {
  analysis = await analyze(join(import.meta.dirname, "fixtures", "layered-shop"));
  if (BROWSER !== undefined) browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
}, 60_000);

afterAll(async () => {
  await browser?.close();
});

describe("the page", () => {
  test("is one file that names nothing outside of itself", () => {
    const page = renderHtml(analysis, readPageAssets());

    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).toContain("default-src 'none'");
    expect(page).toBe(renderHtml(analysis, readPageAssets()));
  });

  test("takes names as text, whatever they contain", () => {
    const [context, ...others] = analysis.contexts;
    const name = "</script><img src=x onerror=alert(1)>";
    const odd = { ...analysis, name, contexts: context ? [{ ...context, words: [name] }, ...others] : [] };

    expect(renderHtml(odd, readPageAssets())).not.toContain("<img");
  });

  test("stays below 2 MB for 10,000 files and 50,000 seams", () => {
    expect(renderHtml(enlarge(analysis, 10_000, 50_000), readPageAssets()).length).toBeLessThan(2_000_000);
  });

  testWith(NO_BROWSER, "shows by keyboard alone what is in a context and what ties two", async () => {
    const { page, complaints } = await open(analysis);

    await page.locator('[data-context="order"]').focus();
    await page.keyboard.press("Enter");
    const panel = await page.locator("#panel").innerText();
    await page.locator('.matrix [data-from="review"][data-to="product"]').focus();
    await page.keyboard.press("Enter");
    const seams = await page.locator("#seam-list tbody tr").allInnerTexts();

    expect(panel).toContain("src/services/orders.ts");
    expect(panel).toContain("order_lines");
    expect(seams.length).toBeGreaterThan(0);
    expect(seams.every((row) => row.includes("review → product"))).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  testWith(NO_BROWSER, "filters tables, seams and contexts with one word", async () => {
    const { page } = await open(analysis);

    await page.keyboard.press("/");
    await page.keyboard.type("order_lines");

    expect(await page.locator("#tables tbody tr:visible th").allInnerTexts()).toEqual([
      expect.stringContaining("order_lines"),
    ]);
    const rows = await page.locator("#seam-list tbody tr").allInnerTexts();
    expect(rows.every((row) => row.includes("order_lines"))).toBe(true);
    await page.close();
  });

  testWith(NO_BROWSER, "zooms by key, and back", async () => {
    const { page } = await open(analysis);
    const picture = page.locator("#map-picture");
    const whole = await picture.getAttribute("viewBox");

    await picture.focus();
    await page.keyboard.press("+");
    const zoomed = await picture.getAttribute("viewBox");
    await page.keyboard.press("0");

    expect(zoomed).not.toBe(whole);
    expect(await picture.getAttribute("viewBox")).toBe(whole);
    await page.close();
  });

  testWith(NO_BROWSER, "gives an accessibility checker nothing to say, light, dark and narrow", async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 1280],
      ["light", 360],
    ] as const) {
      const { page } = await open(analysis, { colorScheme, viewport: { width, height: 800 } });
      await page.evaluate(axe);
      const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
        "axe.run().then(({ violations }) => violations)",
      );

      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      await page.close();
    }
  });

  testWith(NO_BROWSER, "can be used with 10,000 files", async () => {
    const { page, complaints } = await open(enlarge(analysis, 10_000, 50_000));

    await page.keyboard.press("/");
    await page.keyboard.type("file-9999");
    await page.locator("#filter-count", { hasText: "1 files" }).waitFor();

    expect(complaints).toEqual([]);
    await page.close();
  });
});

async function open(
  shown: Analysis,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<{ page: Page; complaints: string[] }> {
  if (!browser) throw new Error("there is no browser");
  const root = createTree({ "page.html": renderHtml(shown, readPageAssets()) });
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(`file://${join(root, "page.html")}`);
  return { page, complaints };
}

/** The same analysis for a code base of another size: files and seams are dealt out to contexts. */
function enlarge(small: Analysis, files: number, seams: number): Analysis {
  const names = Array.from({ length: 40 }, (_, index) => `context-${index}`);
  const paths = Array.from({ length: files }, (_, index) => `src/some/folder-${index % 100}/deeper/file-${index}.ts`);
  const nameOf = (index: number): string => names[index % names.length] ?? "";
  const example = small.seams[0];
  const grown = Array.from({ length: seams }, (_, index): Seam[] => {
    const from = nameOf(index);
    const to = nameOf(index * 7 + 1);
    const file = paths[index % files] ?? "";
    return example ? [{ ...example, from, to, file, line: index, kind: "call", what: `name${index % 3000}` }] : [];
  }).flat();
  const contexts = names.map((name, index) => ({
    name,
    files: paths.filter((_, position) => position % names.length === index),
    tables: [],
    words: [],
    confidence: 1,
  }));
  return {
    ...small,
    contexts,
    seams: grown,
    ties: findTies(grown),
    files: Object.fromEntries(paths.map((path, index) => [path, nameOf(index)])),
  };
}
