import type { RouteShadow } from "@strangler/proxy";

const ENOUGH = 100;

/** What to do about a route's comparisons, most pressing first. Pure. */
export function nextSteps({ route, service, counts, fields }: RouteShadow): string[] {
  const real = fields.filter(({ verdict }) => verdict === "real").map(({ field }) => field);
  const undecided = fields.filter(({ verdict }) => verdict === "undecided").map(({ field }) => field);
  const steps: string[] = [];
  if (real.length > 0) {
    steps.push(
      `Mend ${names(real)} in ${service}, or write into the route's shadow rules why it may differ: ` +
        `ignore: [{ path: ${real[0]}, reason: ... }].`,
    );
  }
  if (undecided.length > 0) steps.push(`Wait: ${names(undecided)} cannot be told from noise yet.`);
  if (counts.failed > counts.compared)
    steps.push(`Look at ${service}: it mostly gives no answer that can be compared.`);
  if (counts.dropped > counts.compared) {
    steps.push("Most requests were never asked: lower the route's `sample`, or make the service faster.");
  }
  if (steps.length > 0) return steps;
  if (counts.compared < ENOUGH) return [`Wait for more traffic: ${counts.compared} of ${ENOUGH} comparisons.`];
  return [`Nothing differs but noise. Go on: strangler route set ${route} canary --percent 1`];
}

// --- internal ---

function names(fields: readonly string[]): string {
  const shown = [...new Set(fields)];
  return shown.length <= 3 ? shown.join(", ") : `${shown.slice(0, 3).join(", ")} and ${shown.length - 3} more`;
}
