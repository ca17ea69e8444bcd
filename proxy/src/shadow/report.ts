import type { DifferenceKind } from "./difference.ts";
import type { Mismatch } from "./mismatch.ts";
import { judgeField, type FieldEvidence, type Judgement } from "./noise.ts";
import { DEFAULT_RULES, type ShadowRules } from "./shadow-rule.ts";
import { sumCounts, type ShadowCount } from "./shadow-count.ts";

/**
 * What `GET /shadow/report` answers: for every route that has been in stage shadow, how the candidate's answers compare.
 * Plain data, additive: `sumShadowReports` joins the reports of several workers. Times are ISO 8601, UTC.
 *
 * For a page: one row a route from `counts` (equal, different of which onlyNoise, failed and dropped with their reasons);
 * under it one row for each of `fields` (already in the order of importance: real, undecided, noise) with field, kind,
 * raw of compared, noise of askedTwice, verdict, first and last seen; and `samples`, found by a field's `sample`. Everything
 * in it comes from answers of upstreams and must be escaped; nothing in it is a secret.
 */
export type ShadowReport = {
  at: string;
  /** Since when is counted: the start of the oldest worker. */
  since: string;
  /** Experiments whose candidate has not answered yet. */
  inFlight: number;
  /** By the route's name. */
  routes: RouteShadow[];
};

export type RouteShadow = {
  route: string;
  service: string;
  counts: ShadowCount;
  /** Compared requests since the rules were last changed or the evidence forgotten: what a field's `raw` is measured against. */
  compared: number;
  /** Those of them for which the control was asked a second time: what a field's `noise` is measured against. */
  askedTwice: number;
  /** Fields that differed, the most telling first. */
  fields: FieldShadow[];
  /** Fields that were forgotten because there were too many. */
  fieldsEvicted: number;
  /** Oldest first. */
  samples: Mismatch[];
  /** Samples that made room for newer ones. */
  samplesDropped: number;
  rules: ShadowRules;
};

/** One field and one kind of difference, with the evidence about it. */
export type FieldShadow = FieldEvidence &
  Judgement & {
    /** A place in every answer of the route: status, header:location, line:3, body, or a JSON pointer with a star for indices. */
    field: string;
    kind: DifferenceKind;
    firstSeen: string;
    lastSeen: string;
    /** `id` of a sample that shows it, as long as one is kept. */
    sample: string | null;
  };

export type FieldLimits = { fields: number; samples: number };

/** Most fields and samples of one route, in a worker and in a sum. */
export const REPORT_LIMITS: FieldLimits = { fields: 200, samples: 100 };

/** Joins the reports of several workers, and judges their evidence together. Pure. */
export function sumShadowReports(reports: readonly ShadowReport[], limits: FieldLimits = REPORT_LIMITS): ShadowReport {
  const routes = Map.groupBy(
    reports.flatMap((report) => report.routes),
    ({ route }) => route,
  );
  return {
    at: latest(reports.map(({ at }) => at)),
    since: earliest(reports.map(({ since }) => since)),
    inFlight: total(reports.map(({ inFlight }) => inFlight)),
    routes: [...routes.values()].map((parts) => sumRoute(parts, limits)).sort((a, b) => compareText(a.route, b.route)),
  };
}

/** Judges fields and puts the most telling first. */
export function rankFields(fields: readonly FieldShadow[]): FieldShadow[] {
  return [...fields].sort(
    (a, b) => RANK[a.verdict] - RANK[b.verdict] || b.raw - a.raw || compareText(a.field + a.kind, b.field + b.kind),
  );
}

// --- internal ---

const RANK = { real: 0, undecided: 1, noise: 2 } as const;

function sumRoute(parts: readonly RouteShadow[], limits: FieldLimits): RouteShadow {
  const counts = sumCounts(parts.map((part) => part.counts));
  const totals = {
    compared: total(parts.map(({ compared }) => compared)),
    askedTwice: total(parts.map(({ askedTwice }) => askedTwice)),
  };
  const collected = parts.flatMap((part) => part.samples).sort((a, b) => compareText(a.at, b.at));
  const tooMany = Math.max(0, collected.length - limits.samples);
  const samples = withoutOldest(collected, tooMany);
  const kept = new Set(samples.map(({ id }) => id));
  const grouped = Map.groupBy(
    parts.flatMap((part) => part.fields),
    ({ field, kind }) => `${kind} ${field}`,
  );
  const fields = rankFields(
    [...grouped.values()].map((same) => {
      const sum = sumField(same, kept);
      return { ...sum, ...judgeField(sum, totals) };
    }),
  );
  return {
    route: parts[0]?.route ?? "",
    service: parts.at(-1)?.service ?? "",
    counts,
    ...totals,
    fields: fields.slice(0, limits.fields),
    fieldsEvicted: total(parts.map((part) => part.fieldsEvicted)) + Math.max(0, fields.length - limits.fields),
    samples,
    samplesDropped: total(parts.map((part) => part.samplesDropped)) + tooMany,
    rules: parts.at(-1)?.rules ?? DEFAULT_RULES,
  };
}

function sumField(parts: readonly FieldShadow[], samples: ReadonlySet<string>): FieldShadow {
  const [first] = parts as [FieldShadow, ...FieldShadow[]];
  const sum: FieldShadow = { ...first };
  for (const name of EVIDENCE) sum[name] = total(parts.map((part) => part[name]));
  sum.firstSeen = earliest(parts.map(({ firstSeen }) => firstSeen));
  sum.lastSeen = latest(parts.map(({ lastSeen }) => lastSeen));
  sum.sample = parts.findLast(({ sample }) => sample !== null && samples.has(sample))?.sample ?? null;
  return sum;
}

const EVIDENCE = ["raw", "noise", "rawWhereTwice", "bothWhereTwice", "stayed", "changed"] as const;

// A difference that has only one sample keeps it, however old.
function withoutOldest(samples: readonly Mismatch[], tooMany: number): Mismatch[] {
  const kept = [...samples];
  for (let dropped = 0; dropped < tooMany; dropped += 1) kept.splice(leastTelling(kept), 1);
  return kept;
}

/** The index of the oldest sample that shows nothing which another does not show too; else the oldest of all. */
export function leastTelling(samples: readonly Mismatch[]): number {
  const shown = new Map<string, number>();
  for (const name of samples.flatMap(differencesOf)) shown.set(name, (shown.get(name) ?? 0) + 1);
  const covered = samples.findIndex((sample) => differencesOf(sample).every((name) => (shown.get(name) ?? 0) > 1));
  return Math.max(0, covered);
}

function differencesOf({ differences }: Mismatch): string[] {
  return differences.map(({ kind, field }) => `${kind} ${field}`);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function earliest(times: readonly string[]): string {
  return times.reduce((first, time) => (time < first ? time : first), times[0] ?? "");
}

function latest(times: readonly string[]): string {
  return times.reduce((last, time) => (time > last ? time : last), "");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
