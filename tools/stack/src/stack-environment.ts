import { brokersOf } from "./kafka/stack-broker.ts";
import { readStackPlan } from "./plan/read-stack-plan.ts";
import { addressesOf } from "./stack-addresses.ts";
import { findSecrets } from "./state/secrets.ts";
import { findStackRecord } from "./state/stack-record.ts";
import { statePaths } from "./state/state-directory.ts";

/**
 * What a program needs to reach a stack, as environment variables:
 * - `STRANGLER_DATABASE_<NAME>_URL` (as its owner), `STRANGLER_CAPTURE_<NAME>_URL` for a stream's source,
 *   `STRANGLER_APPLY_<NAME>_URL` for a stream's target;
 * - `STRANGLER_<PROCESS>_URL`, and `STRANGLER_<PROCESS>_<PORT>_URL` for a port other than `http`;
 * - `STRANGLER_KAFKA_MAIN_BROKERS` where the stack has a Kafka;
 * - `STRANGLER_PORT_<NAME>` for each port the plan keeps for later; and every secret of the plan under its own name.
 *
 * Holds passwords: hand it to a process, never to a log. Empty when no stack was ever started there.
 */
export async function findStackEnvironment(stateDirectory: string): Promise<Record<string, string>> {
  const paths = statePaths(stateDirectory);
  const [record, secrets] = await Promise.all([findStackRecord(paths), findSecrets(paths)]);
  if (!record || !secrets) return {};
  const checked = await readStackPlan(record.planDirectory, { rootDirectory: record.rootDirectory });
  const { databaseUrl, ports } = addressesOf(checked, paths, record, secrets);
  const environment: Record<string, string> = {};
  for (const [name, { streams }] of Object.entries(checked.plan.databases)) {
    environment[`STRANGLER_DATABASE_${shout(name)}_URL`] = databaseUrl(name, "owner");
    if (streams.includes("source")) environment[`STRANGLER_CAPTURE_${shout(name)}_URL`] = databaseUrl(name, "capture");
    if (streams.includes("target")) environment[`STRANGLER_APPLY_${shout(name)}_URL`] = databaseUrl(name, "apply");
  }
  for (const [name, ofProcess] of Object.entries(ports)) {
    for (const [port, number] of Object.entries(ofProcess)) {
      const variable = port === "http" ? shout(name) : `${shout(name)}_${shout(port)}`;
      environment[`STRANGLER_${variable}_URL`] = `http://127.0.0.1:${number}`;
    }
  }
  for (const [name, port] of Object.entries(record.ports.kept)) {
    environment[`STRANGLER_PORT_${shout(name)}`] = String(port);
  }
  if (record.kafka !== undefined) environment["STRANGLER_KAFKA_MAIN_BROKERS"] = brokersOf(record.kafka).join(",");
  return { ...environment, ...secrets.named };
}

// --- internal ---

function shout(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
