import type { StackStatus } from "@strangler/stack";
import type { Tour } from "../tour.ts";

/** Starts everything and answers where customers come in. */
export async function openTheShop({ strangler, narrator, findings }: Tour): Promise<{ shopUrl: string }> {
  narrator.step("Open the shop: PostgreSQL, the monolith, the new service, the proxy in front");
  const startedAt = performance.now();
  await strangler.run(["up", "-d", "--ports", "free", "--seed", "small"]);
  findings.healthyMs = Math.round(performance.now() - startedAt);
  const status = await strangler.json<StackStatus>(["status"]);
  for (const { name, ports, state } of status.processes) {
    narrator.say(`${name.padEnd(10)} ${state.padEnd(8)} ${Object.values(ports).join(", ")}`);
  }
  narrator.say(`healthy after ${(findings.healthyMs / 1000).toFixed(1)} s`);
  const proxy = status.processes.find(({ name }) => name === "proxy");
  return { shopUrl: `http://127.0.0.1:${proxy?.ports["http"] ?? 0}` };
}
