import { waitFor } from "@strangler/platform";
import type { Customers, Tour } from "../tour.ts";

/** As `strangler route list --json` tells it, as far as it matters here. */
type RouteList = { routes: { counters: { shadow: { compared: number; failed: number } } | null }[] };

const ROUTES = "catalog-*";
const ENOUGH_COMPARISONS = 500;
const ENOUGH_ANSWERS = 300;

/** Sends the service a copy of every read and explains every answer that differs. */
export async function shadowReads(tour: Tour): Promise<void> {
  const { strangler, narrator, findings } = tour;
  narrator.step("Shadow the catalog's reads: the monolith answers, the service is compared");
  await flip(tour, "shadow");
  const { compared, failed } = await waitFor(
    `${ENOUGH_COMPARISONS} compared answers`,
    async () => {
      const { routes } = await strangler.ask<RouteList>(["route", "list"]);
      const total = (what: "compared" | "failed") =>
        routes.reduce((sum, route) => sum + (route.counters?.shadow[what] ?? 0), 0);
      narrator.progress(`${total("compared")} answers compared`);
      return total("compared") >= ENOUGH_COMPARISONS && { compared: total("compared"), failed: total("failed") };
    },
    { limitMs: 60_000, everyMs: 500 },
  );
  findings.comparedAnswers = compared;
  findings.failedCandidates = failed;
  narrator.say(`${compared} answers compared, ${failed} not to be had`);
  await explainMismatches(tour);
}

/** Asks about every mismatch again. Called once more when the shadowing has ended, for those that came last. */
export async function explainMismatches({ strangler, narrator, findings }: Tour): Promise<void> {
  const report = await strangler.json<{ explained: unknown[]; unexplained: { path: string; difference: string }[] }>(
    ["shadow", "explain", "--stream", "catalog"],
    [0, 1],
  );
  findings.mismatches = report.explained.length + report.unexplained.length;
  findings.unexplained = report.unexplained.map(({ path, difference }) => `${path}: ${difference}`);
  narrator.say(
    `${findings.mismatches} differed: ${report.explained.length} explained by a change on its way, ` +
      `${report.unexplained.length} not explained`,
  );
  for (const line of findings.unexplained.slice(0, 5)) narrator.say(line);
}

/** Gives the service a share of the customers; each keeps her side. */
export async function canary(tour: Tour, customers: Customers, percent: number): Promise<void> {
  tour.narrator.step(`Give ${percent} percent of the customers to the service`);
  await flip(tour, "canary", percent);
  await watch(tour, customers, `canary ${percent} %`);
}

/** The service owns the routes. */
export async function giveToService(tour: Tour, customers: Customers): Promise<void> {
  tour.narrator.step("Give the routes to the service");
  await flip(tour, "service");
  await watch(tour, customers, "service");
}

/** The way back is open at every step, and so is the way forward again. */
export async function backAndForward(tour: Tour, customers: Customers): Promise<void> {
  tour.narrator.step("Go back to the monolith, and forward again");
  await flip(tour, "monolith");
  await watch(tour, customers, "back");
  await flip(tour, "service");
  await watch(tour, customers, "forward again");
}

// --- internal ---

async function flip({ strangler, findings }: Tour, stage: string, percent?: number): Promise<void> {
  const share = percent === undefined ? [] : ["--percent", String(percent)];
  await strangler.run(["route", "set", ROUTES, stage, ...share]);
  findings.flips += 1;
}

// Who answered is read from what the customers themselves saw.
async function watch({ narrator, findings }: Tour, customers: Customers, step: string): Promise<void> {
  const before = (await customers.snapshot()).servedBy;
  const share = await waitFor(
    `${ENOUGH_ANSWERS} answers`,
    async () => {
      const now = (await customers.snapshot()).servedBy;
      const gained = (side: string) => (now[side] ?? 0) - (before[side] ?? 0);
      const total = Object.keys(now).reduce((sum, side) => sum + gained(side), 0);
      narrator.progress(`${total} answers`);
      return total >= ENOUGH_ANSWERS ? { total, fromService: gained("catalog") / total } : undefined;
    },
    { limitMs: 60_000, everyMs: 250 },
  );
  findings.shares.push({ step, fromService: share.fromService });
  narrator.say(`${Math.round(share.fromService * 100)} percent of ${share.total} answers came from the service`);
}
