import type { Checked, NamedService, Problem } from "./checked.ts";

/** Every service is known to be well before another relies on it. A service that never restarts runs once, and is waited for to its end. */
export function checkOrder({ services }: Checked): Problem[] {
  return services.flatMap((entry) => [...withoutHealth(entry), ...wrongWaits(entry, services)]);
}

// --- internal ---

const runsOnce = ({ service }: NamedService) => service.restart === "no";

function withoutHealth(entry: NamedService): Problem[] {
  if (runsOnce(entry) || entry.service.healthcheck) return [];
  return [entry.at([], `${entry.name} has no health check.`)];
}

function wrongWaits({ name, service, at }: NamedService, services: readonly NamedService[]): Problem[] {
  return Object.entries(service.depends_on).flatMap(([other, { condition }]) => {
    const target = services.find((candidate) => candidate.name === other);
    if (!target) return [at(["depends_on", other], `${name} waits for ${other}, which is not a service.`)];
    const wanted = runsOnce(target) ? "service_completed_successfully" : "service_healthy";
    if (condition === wanted) return [];
    return [at(["depends_on", other], `${name} waits for ${other} with ${condition}; it must be ${wanted}.`)];
  });
}
