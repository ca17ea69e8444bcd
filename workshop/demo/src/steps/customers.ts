import path from "node:path";
import { readScenario, startLoad } from "@strangler/loadtest";
import type { StackStatus } from "@strangler/stack";
import type { Customers, Tour } from "../tour.ts";

const VISITORS_PER_SECOND = 15;

/** Customers browse and buy from now on, whatever happens behind the proxy. */
export async function letCustomersIn({ narrator, home }: Tour, shopUrl: string): Promise<Customers> {
  narrator.step("Let customers in: they browse and buy until the end");
  const scenario = await readScenario(path.join(home, "plan/load/browse-and-buy.yaml"));
  const customers = await startLoad({ scenario, baseUrl: shopUrl, rate: VISITORS_PER_SECOND, seed: 1 });
  narrator.say(`${VISITORS_PER_SECOND} visitors a second, each with a basket of her own`);
  return customers;
}

/** The last customers finish; every request they made is accounted for. */
export async function seeCustomersOut({ strangler, narrator, findings }: Tour, customers: Customers): Promise<void> {
  narrator.step("See the customers out and count what they met");
  const run = await customers.stop();
  findings.requests = run.requests.scheduled;
  findings.failedRequests = run.failures.map(
    ({ time, method, path: target, status, servedBy, reason }) =>
      `${time} ${method} ${target}: ${status ?? "no answer"} from ${servedBy ?? "nobody"} (${reason})`,
  );
  // Weighed now, after thousands of requests, rather than when everything had just started.
  const { memoryBytes = 0 } = await strangler.ask<StackStatus>(["status"]);
  findings.memoryMb = Math.round(memoryBytes / 1e6);
  narrator.say(`${run.visitors.arrived} visitors, ${run.requests.scheduled} requests, ${run.requests.failed} failed`);
  for (const [side, count] of Object.entries(run.servedBy)) narrator.say(`${side.padEnd(10)} answered ${count}`);
  for (const failure of findings.failedRequests.slice(0, 5)) narrator.say(failure);
}
