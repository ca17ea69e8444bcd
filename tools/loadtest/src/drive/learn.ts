import { ScenarioSetupFailedError } from "../errors.ts";
import { createRandom } from "../random.ts";
import type { Scenario } from "../scenario/schema.ts";
import { cachedTemplate, renderText } from "../scenario/template.ts";
import type { Client } from "./client.ts";
import { composeRequest } from "./compose-request.ts";
import { createCookieJar } from "./cookie-jar.ts";
import { judge } from "./judge.ts";

/** What the scenario's `setup` requests taught: values by name, and the data size they were asked for. */
export type Learned = { setup: ReadonlyMap<string, unknown>; dataSize: Record<string, string> };

/** Makes the setup requests, one after another. Throws ScenarioSetupFailedError at the first that is not answered as expected. */
export async function learn(scenario: Scenario, client: Client, seed: number): Promise<Learned> {
  const setup = new Map<string, unknown>();
  const values = { random: createRandom(seed, "setup"), unique: `setup-${seed}`, saved: setup, setup };
  const jar = createCookieJar();
  for (const step of scenario.setup) {
    const request = composeRequest(step, scenario, values, jar);
    const fault = judge(await client.send(request), step, { jar, saved: setup, values });
    if (fault) throw new ScenarioSetupFailedError({ step: step.name, path: request.path, reason: fault.reason });
  }
  const sizes = Object.entries(scenario.dataSize);
  return {
    setup,
    dataSize: Object.fromEntries(sizes.map(([label, text]) => [label, renderText(cachedTemplate(text), values)])),
  };
}
