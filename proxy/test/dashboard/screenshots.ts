// Makes the pictures in docs/images out of the made-up data that the tests use:
//   node --conditions=strangler-source proxy/test/dashboard/screenshots.ts
import path from "node:path";
import { openBrowser, withPage } from "./browser.ts";
import { startSampleDashboard } from "./kit/sample-dashboard.ts";
import { signInToSample } from "./kit/sample-pages.ts";

const IMAGES = path.resolve(import.meta.dirname, "../../../docs/images");
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 760 };

const SHOTS = [
  { name: "dashboard", path: "", look: { colorScheme: "light", viewport: WIDE } },
  { name: "dashboard-dark", path: "", look: { colorScheme: "dark", viewport: WIDE } },
  { name: "dashboard-route", path: "/routes/item-page?step=coarse", look: { colorScheme: "light", viewport: WIDE } },
  {
    name: "dashboard-flip",
    path: "/routes/item-page/flip?stage=canary&percent=100",
    look: { colorScheme: "light", viewport: { width: 800, height: 600 } },
  },
  { name: "dashboard-shadow", path: "/shadow", look: { colorScheme: "dark", viewport: { width: 1280, height: 600 } } },
  {
    name: "dashboard-streams",
    path: "/streams",
    look: { colorScheme: "light", viewport: { width: 1280, height: 700 } },
  },
  { name: "dashboard-narrow", path: "", look: { colorScheme: "light", viewport: NARROW, deviceScaleFactor: 2 } },
] as const;

const dashboard = await startSampleDashboard();
const browser = await openBrowser();
try {
  for (const { name, path: page, look } of SHOTS) {
    await withPage(browser, look, async (tab) => {
      await signInToSample(tab, dashboard);
      await tab.goto(dashboard.url + page);
      if (page === "" || page.startsWith("/routes/item-page?")) await tab.getByText("Live", { exact: true }).waitFor();
      await tab.screenshot({ path: path.join(IMAGES, `${name}.png`), fullPage: look.viewport.width > 360 });
    });
    console.log(`docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  await dashboard.close();
}
