import { addBreakers } from "../breaker/breakers.ts";
import type { EdgeReport, KeptMismatches } from "../edge.ts";
import { sumCounts } from "../shadow/shadow-count.ts";
import { sumOwnWrites } from "../own-writes/sum-own-writes.ts";
import { emptySeries, type Series } from "../traffic.ts";
import { sumAdmissions } from "../admission/sum-admissions.ts";
import { sumTls } from "../tls/report.ts";
import { sumUpstreams } from "../upstreams/sum-upstreams.ts";

/** Adds up what the workers of one replica have seen. Throws RangeError without a report. */
export function sumReports(reports: readonly EdgeReport[]): EdgeReport {
  const [first] = reports;
  if (first === undefined) throw new RangeError("there is no report to add up");
  if (reports.length === 1) return first;
  return {
    version: first.version,
    engine: first.engine,
    series: sumBy(reports, "series", ({ route, side }) => `${side} ${route}`, addSeries),
    shadow: sumBy(
      reports,
      "shadow",
      ({ route }) => route,
      (a, b) => ({ route: a.route, counts: sumCounts([a.counts, b.counts]) }),
    ),
    shadowInFlight: reports.reduce((sum, { shadowInFlight }) => sum + shadowInFlight, 0),
    refusals: sumBy(
      reports,
      "refusals",
      ({ status }) => String(status),
      (a, b) => ({ status: a.status, requests: a.requests + b.requests }),
    ),
    breakers: sumBy(reports, "breakers", ({ upstream }) => upstream, addBreakers),
    upgrades: sumBy(
      reports,
      "upgrades",
      ({ route, side }) => `${side} ${route}`,
      (a, b) => ({ ...a, open: a.open + b.open }),
    ),
    ownWrites: sumOwnWrites(reports.map(({ ownWrites }) => ownWrites)),
    admission: sumAdmissions(reports.map(({ admission }) => admission)),
    tls: sumTls(reports.map(({ tls }) => tls)),
    upstreams: sumUpstreams(reports.map(({ upstreams }) => upstreams)),
  };
}

/** The samples of all workers, oldest first. */
export function sumMismatches(kept: readonly KeptMismatches[]): KeptMismatches {
  if (kept.length === 1 && kept[0] !== undefined) return kept[0];
  const mismatches = kept.flatMap((each) => each.mismatches).sort((a, b) => (a.at < b.at ? -1 : 1));
  return { mismatches, overwritten: kept.reduce((sum, { overwritten }) => sum + overwritten, 0) };
}

// --- internal ---

type ListField = "breakers" | "series" | "shadow" | "refusals" | "upgrades";

function sumBy<Field extends ListField>(
  reports: readonly EdgeReport[],
  field: Field,
  keyOf: (entry: EdgeReport[Field][number]) => string,
  add: (a: EdgeReport[Field][number], b: EdgeReport[Field][number]) => EdgeReport[Field][number],
): EdgeReport[Field] {
  const sums = new Map<string, EdgeReport[Field][number]>();
  for (const entry of reports.flatMap((report) => report[field] as EdgeReport[Field][number][])) {
    const key = keyOf(entry);
    const known = sums.get(key);
    sums.set(key, known === undefined ? entry : add(known, entry));
  }
  return [...sums.values()] as EdgeReport[Field];
}

function addSeries(a: Series, b: Series): Series {
  return {
    ...emptySeries(a.route, a.side),
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    failures: a.failures + b.failures,
    faults: a.faults + b.faults,
    rescued: a.rescued + b.rescued,
    durationMsSum: a.durationMsSum + b.durationMsSum,
    statusClasses: addEach(a.statusClasses, b.statusClasses),
    slots: addEach(a.slots, b.slots),
  };
}

function addEach(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + (b[index] ?? 0));
}
