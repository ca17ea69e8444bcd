import type { AdmissionReport, RouteAdmission } from "./report.ts";

/** What several workers have refused, in one. Of their keys, those of a worker that has trouble with them. */
export function sumAdmissions(reports: readonly AdmissionReport[]): AdmissionReport {
  const byRoute = Map.groupBy(
    reports.flatMap(({ routes }) => routes),
    ({ route }) => route,
  );
  const keys = reports.map((report) => report.keys);
  return {
    routes: [...byRoute].map(([route, alike]) => ({
      route,
      admitted: sum(alike, "admitted"),
      limited: sum(alike, "limited"),
      unauthenticated: sum(alike, "unauthenticated"),
      forbidden: sum(alike, "forbidden"),
      unverifiable: sum(alike, "unverifiable"),
    })),
    keys: keys.find((each) => each !== null && each.failure !== null) ?? keys.find((each) => each !== null) ?? null,
    countedAlone: reports.reduce((total, { countedAlone }) => total + countedAlone, 0),
  };
}

// --- internal ---

function sum(routes: readonly RouteAdmission[], kind: Exclude<keyof RouteAdmission, "route">): number {
  return routes.reduce((total, each) => total + each[kind], 0);
}
