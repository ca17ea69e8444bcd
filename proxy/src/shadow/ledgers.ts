import { createRouteLedger, type RouteLedger, type Shelf } from "./ledger.ts";
import type { FieldLimits, ShadowReport } from "./report.ts";
import { emptyCount, type ShadowCount } from "./shadow-count.ts";
import type { ShadowRules } from "./shadow-rule.ts";

/** What one worker knows of all its shadowed routes. */
export type Ledgers = {
  /** The route's ledger. Other rules, or another service, begin a new one: old evidence says nothing about them. The counts go on. */
  of: (route: string, service: string, rules: ShadowRules) => RouteLedger;
  counts: () => ReadonlyMap<string, ShadowCount>;
  report: (inFlight: number) => ShadowReport;
  forget: () => number;
};

export function createLedgers(limits: FieldLimits, now: () => Date = () => new Date()): Ledgers {
  const since = now().toISOString();
  const entries = new Map<string, Entry>();
  const shelf: Shelf = { kept: 0, limit: SAMPLES_IN_ALL };
  const counts = new Map<string, ShadowCount>();

  function countOf(route: string): ShadowCount {
    const known = counts.get(route) ?? emptyCount();
    counts.set(route, known);
    return known;
  }

  return {
    of: (route, service, rules) => {
      const known = entries.get(route);
      if (known?.service === service && (known.rules === rules || isSame(known.rules, rules))) {
        known.rules = rules;
        return known.ledger;
      }
      known?.ledger.forget();
      const ledger = createRouteLedger(route, service, rules, { count: countOf(route), limits, shelf, now });
      entries.set(route, { service, rules, ledger });
      return ledger;
    },
    counts: () => counts,
    report: (inFlight) => ({
      at: now().toISOString(),
      since,
      inFlight,
      routes: [...entries.values()].map(({ ledger }) => ledger.report()).sort((a, b) => (a.route < b.route ? -1 : 1)),
    }),
    forget: () => [...entries.values()].reduce((sum, { ledger }) => sum + ledger.forget(), 0),
  };
}

// --- internal ---

// A sample is some kilobytes.
const SAMPLES_IN_ALL = 1_000;

type Entry = { service: string; rules: ShadowRules; ledger: RouteLedger };

function isSame(a: ShadowRules, b: ShadowRules): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
