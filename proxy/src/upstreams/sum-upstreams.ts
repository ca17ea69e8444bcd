import type { InstanceReport, InstanceState, UpstreamReport } from "./report.ts";

/** What several workers know of the same services, in one: requests are added, and of differing states the worst is told. */
export function sumUpstreams(reports: readonly (readonly UpstreamReport[])[]): UpstreamReport[] {
  const [only] = reports;
  if (reports.length === 1 && only !== undefined) return [...only];
  const byService = Map.groupBy(reports.flat(), ({ service }) => service);
  return [...byService].map(([service, alike]) => ({
    service,
    instances: sumInstances(alike.flatMap(({ instances }) => instances)),
    discovery: alike.find(({ discovery }) => discovery?.failure != null)?.discovery ?? alike[0]?.discovery ?? null,
    panic: alike.some(({ panic }) => panic),
  }));
}

// --- internal ---

const WORST_FIRST: readonly InstanceState[] = ["down", "ejected", "unknown", "draining", "up"];

function sumInstances(instances: readonly InstanceReport[]): InstanceReport[] {
  const byName = Map.groupBy(instances, ({ instance }) => instance);
  return [...byName].map(([instance, alike]) => ({
    instance,
    state: WORST_FIRST.find((state) => alike.some((each) => each.state === state)) ?? "up",
    inFlight: sum(alike, "inFlight"),
    answered: sum(alike, "answered"),
    failed: sum(alike, "failed"),
    cancelled: sum(alike, "cancelled"),
    ejections: sum(alike, "ejections"),
    complaint: alike.find(({ complaint }) => complaint !== null)?.complaint ?? null,
  }));
}

function sum(
  instances: readonly InstanceReport[],
  field: "inFlight" | "answered" | "failed" | "cancelled" | "ejections",
) {
  return instances.reduce((total, each) => total + each[field], 0);
}
