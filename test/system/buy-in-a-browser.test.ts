import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import type { StackStatus } from "@strangler/stack";
import { openWorkplace, type Workplace } from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { chromium, type Browser, type Page } from "playwright-core";
import { prepareHome } from "../../workshop/demo/src/home.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
const NO_BROWSER = BROWSER === undefined ? "Chromium is not installed (apt-get install chromium)" : undefined;
/** Left for a person to look at; the README's picture is a copy of it. */
const SCREENSHOT = path.join(repository, ".cache/shop.png");

describe("a customer in front of the proxy, with the catalog served by the service", () => {
  let workplace: Workplace | undefined;
  let browser: Browser | undefined;
  let shopUrl = "";

  beforeAll(async () => {
    if (BROWSER === undefined) return;
    const env = { PROXY_SECRET: randomBytes(32).toString("base64url") };
    workplace = await openWorkplace(repository, (directory) => prepareHome(repository, directory), env);
    await workplace.strangler("up", "-d", "--ports", "free", "--seed", "small");
    await workplace.strangler("stream", "start", "catalog", "--wait");
    await workplace.strangler("route", "set", "catalog-*", "service", "--force", "--reason", "a rehearsal");
    const { processes } = JSON.parse(await workplace.strangler("status", "--json")) as StackStatus;
    shopUrl = `http://127.0.0.1:${processes.find(({ name }) => name === "proxy")?.ports["http"] ?? 0}`;
    browser = await chromium.launch({ executablePath: BROWSER, args: ARGUMENTS });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await workplace?.close();
  }, 60_000);

  testWith(NO_BROWSER, "searches, finds, puts into her cart, pays, and sees her order", async () => {
    const page = await openPage(browser);
    const answeredBy = watchWhoAnswers(page);

    await page.goto(`${shopUrl}/products?sort=rating`);
    await page.locator(".card-name").first().click();
    await page.waitForURL("**/products/*");
    const product = await page.locator("h1").innerText();
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.waitForURL("**/cart");
    await page.goBack();
    await page.locator("[data-cart-badge]:not([hidden])").waitFor();
    const badge = await page.locator("[data-cart-badge]").innerText();
    await mkdir(path.dirname(SCREENSHOT), { recursive: true });
    await page.screenshot({ path: SCREENSHOT });
    await page.goto(`${shopUrl}/checkout`);
    await fillInCheckout(page);
    await page.getByRole("button", { name: "Pay and order" }).click();
    await page.waitForURL("**/orders/*");

    expect(badge).toBe("1");
    expect(await page.locator("h1").innerText()).toBe("Thank you, Ada!");
    expect(await page.locator(".order-line").innerText()).toContain(product);
    expect(answeredBy("/products")).toEqual(["catalog"]);
    expect(answeredBy("/api/cart/badge")).toEqual(["monolith"]);
    expect(answeredBy("/orders/")).toEqual(["monolith"]);
  });

  testWith(NO_BROWSER, "sees the same page from the service as from the monolith", async () => {
    const page = await openPage(browser);
    await page.goto(`${shopUrl}/search?q=lamp`);
    const fromService = await page.locator("main").innerHTML();

    const { value } = JSON.parse((await workplace?.strangler("route", "override", "--never", "--json")) ?? "{}") as {
      value: string;
    };
    await page.setExtraHTTPHeaders({ "x-strangler-route": value });
    const answer = await page.reload();

    expect(answer?.headers()["x-served-by"]).toBe("monolith");
    expect(await page.locator("main").innerHTML()).toBe(fromService);
  });
});

// --- internal ---

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function openPage(browser: Browser | undefined): Promise<Page> {
  if (browser === undefined) throw new Error("the browser did not start");
  const page = await browser.newPage({ viewport: { width: 1180, height: 760 } });
  page.setDefaultTimeout(15_000);
  return page;
}

/** Who has answered the requests whose path begins with `prefix`, each name once. */
function watchWhoAnswers(page: Page): (prefix: string) => string[] {
  const seen: { path: string; by: string }[] = [];
  page.on("response", (response) => {
    seen.push({ path: new URL(response.url()).pathname, by: response.headers()["x-served-by"] ?? "nobody" });
  });
  return (prefix) => [...new Set(seen.filter(({ path: each }) => each.startsWith(prefix)).map(({ by }) => by))];
}

async function fillInCheckout(page: Page): Promise<void> {
  await page.getByLabel("E-mail").fill("ada@example.test");
  await page.getByLabel("Name", { exact: true }).fill("Ada Fig");
  await page.getByLabel("Street and number").fill("Garden Lane 7");
  await page.getByLabel("Postal code").fill("10115");
  await page.getByLabel("City").fill("Berlin");
  await page.getByLabel("Number", { exact: true }).fill("4242 4242 4242 4242");
  await page.getByLabel("Valid until").fill("09/39");
  await page.getByLabel("Security code").fill("123");
}
