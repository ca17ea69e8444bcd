// npm run demo: the main job of the toolkit, headless. A monolith loses its first routes to a service, under traffic, with
// nothing failing and every row proved equal. Ends with status 1 when any of that does not hold.
import path from "node:path";
import { ExitCode, runMain } from "@strangler/platform";
import { createCommandLine } from "./command-line.ts";
import { InterruptedError } from "./errors.ts";
import { prepareHome } from "./home.ts";
import { createNarrator } from "./narrator.ts";
import { analyzeTheMonolith } from "./steps/analyze.ts";
import { closeEarlierRun, closeTheShop } from "./steps/close.ts";
import { compareLoad } from "./steps/compare.ts";
import { letCustomersIn, seeCustomersOut } from "./steps/customers.ts";
import { copyAndFollow } from "./steps/data.ts";
import { openTheShop } from "./steps/open.ts";
import { backAndForward, canary, explainMismatches, giveToService, shadowReads } from "./steps/traffic.ts";
import { verifyRows } from "./steps/verify.ts";
import { summarize } from "./summary.ts";
import { emptyFindings, type Tour } from "./tour.ts";

const repository = path.resolve(import.meta.dirname, "../../..");
const home = path.join(repository, ".strangler/demo");

runMain(async () => {
  const startedAt = performance.now();
  const narrator = createNarrator(process.stdout, () => performance.now());
  const strangler = createCommandLine(repository, home, narrator);
  const tour: Tour = { strangler, narrator, repository, home, findings: emptyFindings() };
  const interrupted = new Promise<never>((_resolve, reject) => {
    process.once("SIGINT", () => reject(new InterruptedError()));
  });
  await closeEarlierRun(tour);
  await prepareHome(repository, home);
  try {
    await Promise.race([walk(tour), interrupted]);
  } finally {
    await closeTheShop(tour);
  }
  const verdict = summarize(tour.findings, performance.now() - startedAt);
  narrator.step(verdict.passed ? "All of it holds" : "Not all of it holds");
  for (const line of verdict.lines) narrator.say(line);
  for (const file of tour.findings.reports) narrator.say(path.relative(process.cwd(), file));
  if (!verdict.passed) process.exitCode = ExitCode.finding;
});

async function walk(tour: Tour): Promise<void> {
  const { shopUrl } = await openTheShop(tour);
  await analyzeTheMonolith(tour);
  const customers = await letCustomersIn(tour, shopUrl);
  try {
    await copyAndFollow(tour);
    await verifyRows(tour);
    await shadowReads(tour);
    await canary(tour, customers, 10);
    await explainMismatches(tour);
    await canary(tour, customers, 50);
    await giveToService(tour, customers);
    await backAndForward(tour, customers);
    await verifyRows(tour);
  } finally {
    await seeCustomersOut(tour, customers);
  }
  await compareLoad(tour);
}
