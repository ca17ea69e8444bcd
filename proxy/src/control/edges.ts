import type { Edge, EdgeReport, KeptMismatches } from "../edge.ts";
import type { RoutesText } from "../routes/parse.ts";
import type { ShadowReport } from "../shadow/report.ts";
import { sumMismatches, sumReports } from "./sum-reports.ts";

/** What one worker says to a new version of the routes. */
export type Applied = { worker: number; version: string; swapMs: number };

/** All edges of this replica, as the control plane sees them: one, or one to each worker. It never touches a request. */
export type Edges = {
  url: string;
  /** Puts routes in force at every worker. Settles when all have swapped. */
  apply: (routes: RoutesText) => Promise<Applied[]>;
  /** What all workers have seen, added up. */
  report: () => Promise<EdgeReport>;
  /** What the comparisons of all workers have shown, judged together. */
  shadow: () => Promise<ShadowReport>;
  mismatches: () => Promise<KeptMismatches>;
  clearMismatches: () => Promise<number>;
  /** Closes the WebSockets of a route that are not on the side where new ones go. Answers how many. */
  drainUpgrades: (route: string) => Promise<number>;
  close: (drainMs: number) => Promise<void>;
};

/** The one edge of a replica that runs in a single process. */
export function createLocalEdges(edge: Edge): Edges {
  return {
    url: edge.url,
    apply: async (routes) => [{ worker: 1, version: routes.version, swapMs: edge.apply(routes) }],
    report: async () => sumReports([edge.report()]),
    shadow: async () => edge.shadow(),
    mismatches: async () => sumMismatches([edge.mismatches()]),
    clearMismatches: async () => edge.clearMismatches(),
    drainUpgrades: async (route) => edge.drainUpgrades(route),
    close: (drainMs) => edge.close(drainMs),
  };
}
