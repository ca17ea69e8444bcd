import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { testWith } from "@strangler/test-kit/jest";
import type { Browser } from "playwright-core";
import { findBarriers, findOverflow, NO_BROWSER, openBrowser, withPage } from "./browser.ts";
import { SAMPLE_PAGES, signInToSample } from "./kit/sample-pages.ts";
import { startSampleDashboard, type SampleDashboard } from "./kit/sample-dashboard.ts";

let browser: Browser | undefined;
let dashboard: SampleDashboard;

beforeAll(async () => {
  dashboard = await startSampleDashboard();
  if (NO_BROWSER === undefined) browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await dashboard.close();
});

const LOOKS = [
  ["light, wide", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
  ["dark, wide", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
  ["light, 360 px", { colorScheme: "light", viewport: { width: 360, height: 800 } }],
  [
    "dark, 360 px, without motion",
    { colorScheme: "dark", reducedMotion: "reduce", viewport: { width: 360, height: 800 } },
  ],
] as const;

describe.each(LOOKS)("every page, %s,", (_name, look) => {
  testWith(NO_BROWSER, "gives an accessibility checker nothing to say, and fits", () =>
    withPage(browser, look, async (page) => {
      await signInToSample(page, dashboard);
      for (const [name, path] of SAMPLE_PAGES) {
        await page.goto(dashboard.url + path);
        if (name === "shadow") await page.locator(".sample summary").click();

        expect({ name, barriers: await findBarriers(page), overflow: await findOverflow(page) }).toEqual({
          name,
          barriers: [],
          overflow: 0,
        });
      }
    }),
  );
});

describe("the pages", () => {
  testWith(NO_BROWSER, "are looked at by a checker that finds what is wrong", () =>
    withPage(browser, {}, async (page) => {
      await page.goto(`${dashboard.url}/explain`);
      await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<p><input></p>')");

      expect(await findBarriers(page)).toEqual([expect.stringContaining("label: <input")]);
    }),
  );

  testWith(NO_BROWSER, "have one heading of the first rank, a title and a way past the menu", () =>
    withPage(browser, {}, async (page) => {
      for (const [, path] of SAMPLE_PAGES) {
        await page.goto(dashboard.url + path);
        await page.keyboard.press("Tab");

        expect(await page.locator("h1").count()).toBe(1);
        expect(await page.title()).toContain(" · strangler proxy");
        expect(await page.locator(":focus").innerText()).toBe("Skip to the content");
      }
    }),
  );
});
