import type { Page } from "playwright-core";
import { SAMPLE_TOKEN, type SampleDashboard } from "./sample-dashboard.ts";

/** Every page of the dashboard with something on it: name and path. */
export const SAMPLE_PAGES = [
  ["overview", ""],
  ["overview-2h", "?step=coarse"],
  ["route", "/routes/item-page"],
  ["flip", "/routes/item-page/flip?stage=canary&percent=100"],
  ["shadow", "/shadow"],
  ["audit", "/audit?verify=yes"],
  ["upstreams", "/upstreams"],
  ["streams", "/streams"],
  ["replicas", "/replicas"],
  ["explain", "/explain?method=GET&target=%2Fitems%2F7&customer=42"],
  ["sign-in", "/sign-in"],
] as const;

export async function signInToSample(page: Page, dashboard: SampleDashboard): Promise<void> {
  await page.goto(`${dashboard.url}/sign-in`);
  await page.getByLabel("Token").fill(SAMPLE_TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}
