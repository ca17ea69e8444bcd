import { randomBytes } from "node:crypto";
import type { Difference } from "./difference.ts";
import type { Mismatch } from "./mismatch.ts";
import { exceedsNoise, isSettled, judgeField, type FieldEvidence } from "./noise.ts";
import { leastTelling, rankFields, type FieldLimits, type FieldShadow, type RouteShadow } from "./report.ts";
import type { ShadowCount } from "./shadow-count.ts";
import type { ShadowRules } from "./shadow-rule.ts";

/** What one comparison of a route has shown. */
export type Finding = {
  /** Control and candidate. */
  raw: readonly Difference[];
  /** Control and control, where it was asked twice. */
  noise: readonly Difference[] | undefined;
};

/** What is known of one shadowed route. Everything in it is bounded. */
export type RouteLedger = {
  readonly count: ShadowCount;
  /** Whether the control is to be asked a second time: every time at first, then for a sample. `chance` is 0 to 1. */
  wantsTwice: (chance: number) => boolean;
  record: (finding: Finding) => void;
  /** Of these differences, those about which asking both sides again would tell something. */
  worthRepeating: (differences: readonly Difference[]) => Difference[];
  recordRepeated: (difference: Difference, stayed: boolean) => void;
  isNoise: (difference: Difference) => boolean;
  /** Keeps a sample, without what is known to be noise. */
  keep: (sample: SampleOf) => void;
  report: () => RouteShadow;
  samples: () => readonly Mismatch[];
  /** Forgets evidence and samples, not the counts; answers how many samples there were. */
  forget: () => number;
};

export type SampleOf = Omit<Mismatch, "id" | "at" | "route" | "service" | "differences" | "more"> & {
  differences: readonly Difference[];
  more: number;
};

export type LedgerOptions = {
  count: ShadowCount;
  limits: FieldLimits;
  /** Samples that all routes of this worker keep together; a route may always keep one. */
  shelf: Shelf;
  now: () => Date;
};

export type Shelf = { kept: number; readonly limit: number };

export function createRouteLedger(
  route: string,
  service: string,
  rules: ShadowRules,
  { count, limits, shelf, now }: LedgerOptions,
): RouteLedger {
  const fields = new Map<string, Entry>();
  const totals = { compared: 0, askedTwice: 0 };
  let samples: Mismatch[] = [];
  let fieldsEvicted = 0;
  let samplesDropped = 0;

  function entryFor({ field, kind }: Difference): Entry {
    const name = nameOf({ field, kind });
    const known = fields.get(name);
    if (known) return known;
    if (fields.size >= limits.fields) {
      fields.delete(leastUseful(fields));
      fieldsEvicted += 1;
    }
    const at = now().toISOString();
    const entry: Entry = { ...NO_EVIDENCE, field, kind, firstSeen: at, lastSeen: at, sample: null };
    fields.set(name, entry);
    return entry;
  }

  function isNoise(difference: Difference): boolean {
    const entry = fields.get(nameOf(difference));
    return entry !== undefined && judgeField(entry, totals).verdict === "noise";
  }

  return {
    count,
    wantsTwice: (chance) => rules.noise > 0 && (totals.askedTwice < ALWAYS_TWICE_FOR || chance < rules.noise),
    record: ({ raw, noise }) => {
      totals.compared += 1;
      if (noise !== undefined) totals.askedTwice += 1;
      const also = new Set(noise?.map(nameOf));
      const at = now().toISOString();
      for (const difference of raw) {
        const entry = entryFor(difference);
        entry.raw += 1;
        entry.lastSeen = at;
        if (noise === undefined) continue;
        entry.rawWhereTwice += 1;
        if (also.has(nameOf(difference))) entry.bothWhereTwice += 1;
      }
      for (const difference of noise ?? []) entryFor(difference).noise += 1;
    },
    worthRepeating: (differences) =>
      differences.filter((difference) => {
        const entry = fields.get(nameOf(difference));
        return entry !== undefined && exceedsNoise(entry, totals) && !isSettled(entry);
      }),
    recordRepeated: (difference, stayed) => {
      const entry = fields.get(nameOf(difference));
      if (entry) entry[stayed ? "stayed" : "changed"] += 1;
    },
    isNoise,
    keep: ({ differences, more, ...sample }) => {
      const [first, ...others] = differences.filter((difference) => !isNoise(difference)).slice(0, MAX_SHOWN);
      if (first === undefined) return;
      const id = `${PROCESS}-${(lastId += 1)}`;
      const at = now().toISOString();
      const left = differences.length - others.length - 1;
      samples.push({ id, at, route, service, ...sample, differences: [first, ...others], more: more + left });
      for (const difference of [first, ...others]) entryFor(difference).sample = id;
      shelf.kept += 1;
      const isFull = samples.length > limits.samples || (shelf.kept > shelf.limit && samples.length > 1);
      if (!isFull) return;
      samples.splice(leastTelling(samples), 1);
      shelf.kept -= 1;
      samplesDropped += 1;
    },
    report: () => ({
      route,
      service,
      counts: structuredClone(count),
      ...totals,
      fields: rankFields([...fields.values()].map((entry) => shown(entry, totals, samples))),
      fieldsEvicted,
      samples: [...samples],
      samplesDropped,
      rules,
    }),
    samples: () => samples,
    forget: () => {
      const forgotten = samples.length;
      shelf.kept -= forgotten;
      samples = [];
      fields.clear();
      Object.assign(totals, { compared: 0, askedTwice: 0 });
      fieldsEvicted = 0;
      samplesDropped = 0;
      return forgotten;
    },
  };
}

// --- internal ---

/** Requests of a route for which the control is asked twice before a sample is enough. */
const ALWAYS_TWICE_FOR = 100;
/** Differences in one sample. */
const MAX_SHOWN = 10;
// Names the worker in the names of samples, which several workers' reports are joined by.
const PROCESS = randomBytes(4).toString("hex");
let lastId = 0;

type Entry = FieldEvidence & Pick<FieldShadow, "field" | "kind" | "firstSeen" | "lastSeen" | "sample">;

const NO_EVIDENCE: FieldEvidence = {
  raw: 0,
  noise: 0,
  rawWhereTwice: 0,
  bothWhereTwice: 0,
  stayed: 0,
  changed: 0,
};

function nameOf({ field, kind }: Pick<Difference, "field" | "kind">): string {
  return `${kind} ${field}`;
}

// What was seen least often; of those, what was not seen for the longest time.
function leastUseful(fields: ReadonlyMap<string, Entry>): string {
  let least: [string, Entry] | undefined;
  for (const [name, entry] of fields) {
    const seen = entry.raw + entry.noise;
    const fewest = least === undefined ? Infinity : least[1].raw + least[1].noise;
    if (seen < fewest || (seen === fewest && entry.lastSeen < (least?.[1].lastSeen ?? ""))) least = [name, entry];
  }
  return least?.[0] ?? "";
}

function shown(
  entry: Entry,
  totals: { compared: number; askedTwice: number },
  samples: readonly Mismatch[],
): FieldShadow {
  const isKept = samples.some(({ id }) => id === entry.sample);
  return { ...entry, ...judgeField(entry, totals), sample: isKept ? entry.sample : null };
}
