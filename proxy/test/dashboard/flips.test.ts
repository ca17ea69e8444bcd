import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { testWith } from "@strangler/test-kit/jest";
import type { Browser, Locator, Page } from "playwright-core";
import { sendRaw } from "../kit/raw.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";
import { NO_BROWSER, openBrowser, withPage } from "./browser.ts";

const TOKEN = "a-token-for-tests-only";

let monolith: Upstream;
let stock: Upstream;
let browser: Browser | undefined;

beforeAll(async () => {
  monolith = await startUpstream("monolith");
  stock = await startUpstream("stock");
  if (NO_BROWSER === undefined) browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([monolith.close(), stock.close()]);
});

describe("an operator", () => {
  testWith(NO_BROWSER, "flips a route by keyboard alone, having seen what it does", () =>
    withShop("stage: shadow", (proxy) =>
      withPage(browser, {}, async (page) => {
        await page.goto(`${proxy.adminUrl}/`);
        await page.waitForURL("**/sign-in");
        await tabTo(page, "Token");
        await page.keyboard.type(TOKEN);
        await page.keyboard.press("Enter");
        await page.waitForURL("**/dashboard");

        await tabTo(page, "→ canary 1 % is next for items");
        await page.keyboard.press("Enter");
        await page.waitForURL("**/flip?*");
        expect(await textOf(page.locator("main"))).toContain("stock answers 1 % of the customers instead of 0 %");
        expect(await readFile(proxy.routesFile, "utf8")).toContain("stage: shadow");
        await tabTo(page, "Why (optional)");
        await page.keyboard.type("no difference found");
        await tabTo(page, "Set canary 1 %");
        await page.keyboard.press("Enter");
        await page.waitForURL("**/routes/items?*");

        expect(await textOf(page.getByRole("status").first())).toBe("Done: set to canary 1 %.");
        expect(await textOf(page.locator(".lead .stage-name"))).toBe("canary 1 %");
        expect(await readFile(proxy.routesFile, "utf8")).toContain("stage: canary");
        expect(await textOf(page.locator(".flips li").first())).toMatch(
          /shadow.*canary 1 %.*admin: no difference found/s,
        );
      }),
    ),
  );

  testWith(NO_BROWSER, "does the same without JavaScript, at 360 px", () =>
    withShop("stage: monolith", (proxy) =>
      withPage(browser, { javaScriptEnabled: false, viewport: { width: 360, height: 800 } }, async (page) => {
        await signIn(page, proxy);
        await page.getByRole("link", { name: "items", exact: true }).click();
        await page.getByLabel("shadow").check();
        await page.getByRole("button", { name: "Show what would change" }).click();
        await page.getByRole("button", { name: "Set shadow" }).click();

        expect(await page.locator(".lead .stage-name").innerText()).toBe("shadow");
        expect(await page.getByRole("link", { name: "Reload", exact: true }).count()).toBe(1);
        await page.getByRole("button", { name: "Sign out" }).click();
        expect(await page.getByRole("link", { name: "Sign in" }).first().isVisible()).toBe(true);
      }),
    ),
  );

  testWith(NO_BROWSER, "is told when somebody was faster, and nothing is changed", () =>
    withShop("stage: shadow", (proxy) =>
      withPage(browser, { javaScriptEnabled: false }, async (page) => {
        await signIn(page, proxy);
        await page.goto(`${proxy.adminUrl}/dashboard/routes/items/flip?stage=canary&percent=10`);
        await proxy.writeRoutes(routesText(monolith.url, stock.url, "stage: shadow", "# somebody was here"));
        const answer = page.waitForResponse((response) => response.request().method() === "POST");
        await page.getByRole("button", { name: "Set canary 10 %" }).click();

        expect((await answer).status()).toBe(409);
        expect(await page.getByRole("alert").innerText()).toContain("Somebody else changed");
        expect(await readFile(proxy.routesFile, "utf8")).toContain("stage: shadow");
      }).catch(withoutComplaint("409 (Conflict)")),
    ),
  );

  testWith(NO_BROWSER, "jumps over stages only after reading why not, and with a reason", () =>
    withShop("stage: monolith", (proxy) =>
      withPage(browser, {}, async (page) => {
        await signIn(page, proxy);
        await page.goto(`${proxy.adminUrl}/dashboard/routes/items/flip?stage=service`);
        expect(await page.locator(".warning").innerText()).toContain("never been in shadow or canary");
        await page.getByRole("link", { name: "Look at what the jump would do" }).click();
        await page.getByLabel("Why the stages between may be jumped over").fill("the monolith is down");
        await page.getByRole("button", { name: "Set service" }).click();

        expect(await page.locator(".lead .stage-name").innerText()).toBe("service");
        await page.goto(`${proxy.adminUrl}/dashboard/audit?verify=yes`);
        const log = await page.locator("main").innerText();
        expect(log).toContain("the monolith is down");
        expect(log).toContain("forced");
        expect(log).toMatch(/whole: all \d+ entries follow each other/);
      }),
    ),
  );

  testWith(NO_BROWSER, "sees requests arrive without reloading, and can hold the page still", () =>
    withShop("stage: service", (proxy) =>
      withPage(browser, {}, async (page) => {
        await signIn(page, proxy);
        await page.getByText("Live", { exact: true }).waitFor();
        await page.locator("table.routes .route a").focus();
        const candidate = page.locator("tr.second td.figure").first();
        expect(await candidate.innerText()).toBe("–");

        await waitFor("the figure", async () => {
          await (await fetch(`${proxy.url}/items/1`)).text();
          return Number(await candidate.innerText()) > 0;
        });
        // The page was not replaced: what had the focus has it still.
        expect(await page.locator(":focus").innerText()).toBe("items");
        await page.getByRole("button", { name: "Pause" }).click();
        expect(await page.getByText("Paused").isVisible()).toBe(true);
      }),
    ),
  );
});

describe("a page that is open", () => {
  testWith(NO_BROWSER, "stops being live when its session has ended, and says so", () =>
    withShop("stage: shadow", (proxy) =>
      withPage(browser, {}, async (page) => {
        await signIn(page, proxy);
        await page.getByText("Live", { exact: true }).waitFor();
        await page.context().clearCookies();
        await page.getByRole("button", { name: "Pause" }).click();
        await page.getByRole("button", { name: "Go on" }).click();

        await page.getByText("Not live any more; reload the page").waitFor();
      }).catch(withoutComplaint("MIME type")),
    ),
  );
});

describe("the dashboard", () => {
  test("shows nothing to whoever has no token, and changes nothing for a stranger's form", () =>
    withShop("stage: shadow", async ({ adminUrl, routesFile }) => {
      const flip = `${adminUrl}/dashboard/routes/items/flip`;
      const body = new URLSearchParams({ stage: "canary", percent: "10" });
      const cookie = await sessionOf(adminUrl);

      const stranger = await fetch(`${adminUrl}/dashboard`, { redirect: "manual" });
      expect([stranger.status, stranger.headers.get("location")]).toEqual([303, "/dashboard/sign-in"]);
      expect((await fetch(flip, { method: "POST", body })).status).toBe(403);
      expect((await fetch(flip, { method: "POST", body, headers: { cookie } })).status).toBe(403);
      const elsewhere = { cookie, origin: "http://evil.example", "sec-fetch-site": "cross-site" };
      expect((await fetch(flip, { method: "POST", body, headers: elsewhere })).status).toBe(403);
      expect(await readFile(routesFile, "utf8")).toContain("stage: shadow");
    }));

  test("leads nowhere else after signing in", () =>
    withShop("stage: shadow", async ({ adminUrl }) => {
      for (const next of ["//evil.example", "/\\evil.example", "https://evil.example"]) {
        const body = new URLSearchParams({ token: TOKEN, next });
        const answer = await fetch(`${adminUrl}/dashboard/sign-in`, { method: "POST", body, redirect: "manual" });
        expect([answer.status, answer.headers.get("location")]).toEqual([303, "/dashboard"]);
      }
    }));

  test("is not put out by targets that are no addresses", () =>
    withShop("stage: shadow", async ({ adminUrl, log }) => {
      for (const target of [
        "//",
        "/dashboard//",
        "/dashboard/%zz",
        "/dashboard/routes/%2e%2e/flip",
        "/dashboardx",
        "*",
      ]) {
        const answer = await sendRaw(
          adminUrl,
          `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
          2_000,
        );
        expect([303, 400, 404]).toContain(answer.status);
      }
      expect(log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    }));

  test("lets a page load nothing but its own style, script and figures", () =>
    withShop("stage: shadow", async ({ adminUrl }) => {
      const page = await fetch(`${adminUrl}/dashboard/sign-in`);
      const text = await page.text();

      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
      expect(text).not.toMatch(/<script(?! src="\/dashboard\/)|<style| style=| on\w+=/);
    }));
});

// --- internal ---

function withShop(stage: string, use: (proxy: TestProxy) => Promise<void>): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, stock.url, stage), adminToken: TOKEN }, use);
}

async function signIn(page: Page, proxy: TestProxy): Promise<void> {
  await page.goto(`${proxy.adminUrl}/dashboard/sign-in`);
  await page.getByLabel("Token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function sessionOf(adminUrl: string): Promise<string> {
  const body = new URLSearchParams({ token: TOKEN });
  const answer = await fetch(`${adminUrl}/dashboard/sign-in`, { method: "POST", body, redirect: "manual" });
  return answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

/** Presses Tab until the element with this text or label has the focus, as somebody does who has no mouse. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate<string>(
      "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.replace(/\\s+/g, ' ').trim()",
    );
    if (found === name) return;
  }
  throw new Error(`"${name}" cannot be reached by keyboard`);
}

/** Figures stand before their unit with a blank that does not break. */
async function textOf(found: Locator): Promise<string> {
  return (await found.innerText()).replaceAll("\u00a0", " ");
}

// The browser complains of what a test is about: an answer of 400 and more, a stream that is none.
function withoutComplaint(expected: string): (error: unknown) => void {
  return (error) => {
    if (!(error as Error).message.includes(expected)) throw error;
  };
}
