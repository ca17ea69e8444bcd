import type { Logger } from "@strangler/platform";
import type { BreakerRule } from "./breaker-rule.ts";
import {
  askPermit,
  closedCircuit,
  tellOutcome,
  type Asked,
  type Circuit,
  type CircuitState,
  type Permit,
} from "./circuit.ts";

/** The breaker of one upstream, cumulative over all workers: plain data that can be added up. */
export type BreakerReport = {
  upstream: string;
  /** How many workers have it in which state. */
  closed: number;
  open: number;
  halfOpen: number;
  /** How often it has opened. */
  openings: number;
  /** Requests that were not sent. */
  refused: number;
  probes: number;
};

/** All breakers of one worker, by the upstream's name. Synchronous: asked once for every attempt on an upstream that has one. */
export type Breakers = {
  allows: (upstream: string, rule: BreakerRule, harmless: boolean) => Permit;
  record: (upstream: string, rule: BreakerRule, permit: Permit, outcome: Asked) => void;
  report: () => BreakerReport[];
};

export function createBreakers(log: Logger, now: () => number = () => performance.now()): Breakers {
  const known = new Map<string, Known>();

  function find(upstream: string): Known {
    let found = known.get(upstream);
    if (found === undefined)
      known.set(upstream, (found = { circuit: closedCircuit(), openings: 0, refused: 0, probes: 0 }));
    return found;
  }

  function told(upstream: string, each: Known, before: CircuitState): void {
    const { state, until } = each.circuit;
    if (state === before) return;
    if (state === "open") each.openings += 1;
    if (state === "open") log.warn({ upstream, forMs: Math.round(until - now()) }, "a breaker has opened");
    if (state === "closed") log.info({ upstream }, "a breaker has closed");
  }

  return {
    allows: (upstream, rule, harmless) => {
      const each = find(upstream);
      // The common case must not cost a look at the clock.
      if (each.circuit.state === "closed") return "yes";
      const permit = askPermit(each.circuit, rule, now(), harmless);
      if (permit === "no") each.refused += 1;
      if (permit === "probe") each.probes += 1;
      return permit;
    },
    record: (upstream, rule, permit, outcome) => {
      const each = find(upstream);
      const before = each.circuit.state;
      tellOutcome(each.circuit, rule, permit, outcome, now());
      told(upstream, each, before);
    },
    report: () =>
      [...known].map(
        ([
          upstream,
          {
            circuit: { state },
            openings,
            refused,
            probes,
          },
        ]) => ({
          upstream,
          closed: Number(state === "closed"),
          open: Number(state === "open"),
          halfOpen: Number(state === "half-open"),
          openings,
          refused,
          probes,
        }),
      ),
  };
}

/** Adds up what two workers say of one upstream. */
export function addBreakers(a: BreakerReport, b: BreakerReport): BreakerReport {
  return {
    upstream: a.upstream,
    closed: a.closed + b.closed,
    open: a.open + b.open,
    halfOpen: a.halfOpen + b.halfOpen,
    openings: a.openings + b.openings,
    refused: a.refused + b.refused,
    probes: a.probes + b.probes,
  };
}

// --- internal ---

type Known = { circuit: Circuit; openings: number; refused: number; probes: number };
