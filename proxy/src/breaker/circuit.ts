import type { BreakerRule } from "./breaker-rule.ts";

export type CircuitState = "closed" | "open" | "half-open";

/**
 * The breaker of one upstream: plain numbers, changed in place, because every request passes here twice. The time comes in with
 * every call, in milliseconds of any clock that only goes forward.
 */
export type Circuit = {
  state: CircuitState;
  /** Closed: failures since the last answer. */
  inARow: number;
  /** Closed: what was seen in the present stretch of ten seconds. */
  stretchFrom: number;
  seen: number;
  failed: number;
  /** Open: until when. */
  until: number;
  /** How often it has opened without closing in between; each time is twice as long. */
  openings: number;
  /** Half open: probes answered, whether one is on its way, when the last was sent, and what share of one is due. */
  passed: number;
  probing: boolean;
  probedAt: number;
  due: number;
};

/** `yes`: ask it. `probe`: ask it, its state depends on the outcome. `no`: do not ask it. */
export type Permit = "yes" | "probe" | "no";

/** How an asking ended: with an answer, without one, or nobody waited for it any more. */
export type Asked = "answered" | "failed" | "cancelled";

export function closedCircuit(): Circuit {
  return {
    state: "closed",
    ...{ inARow: 0, stretchFrom: 0, seen: 0, failed: 0 },
    ...{ until: 0, openings: 0, passed: 0, probing: false, probedAt: 0, due: 0 },
  };
}

// The machine, state by state. What is not said leaves the state as it is.
//
// | state     | request comes                            | answered                          | failed                    |
// | closed    | yes                                      |                                   | too many: open            |
// | open      | no; when the time is up: half-open       |                                   |                           |
// | half-open | a share of those that can be sent again: | a probe, the last needed: closed  | a probe: open, for longer |
// |           | probe; the others: no                    |                                   |                           |

const ON_REQUEST: Record<
  CircuitState,
  (circuit: Circuit, rule: BreakerRule, now: number, harmless: boolean) => Permit
> = {
  closed: () => "yes",
  open: (circuit, rule, now, harmless) => {
    if (now < circuit.until) return "no";
    halfOpen(circuit, now);
    return probeOrNot(circuit, rule, now, harmless);
  },
  "half-open": probeOrNot,
};

const ON_ANSWER: Record<CircuitState, (circuit: Circuit, rule: BreakerRule, permit: Permit) => void> = {
  closed: (circuit) => {
    circuit.inARow = 0;
  },
  open: () => undefined,
  "half-open": (circuit, rule, permit) => {
    if (permit !== "probe") return;
    circuit.passed += 1;
    if (circuit.passed >= rule.closeAfter) Object.assign(circuit, closedCircuit());
  },
};

const ON_FAILURE: Record<CircuitState, (circuit: Circuit, rule: BreakerRule, now: number, permit: Permit) => void> = {
  closed: (circuit, rule, now) => {
    circuit.inARow += 1;
    circuit.failed += 1;
    if (hasFailedTooOften(circuit, rule)) open(circuit, rule, now);
  },
  open: () => undefined,
  "half-open": (circuit, rule, now, permit) => {
    if (permit === "probe") open(circuit, rule, now);
  },
};

/** Whether a request may be sent. `harmless`: should it fail, it can be sent elsewhere, so it may serve as a probe. */
export function askPermit(circuit: Circuit, rule: BreakerRule, now: number, harmless: boolean): Permit {
  return ON_REQUEST[circuit.state](circuit, rule, now, harmless);
}

/** Tells how an asking ended that was permitted. */
export function tellOutcome(circuit: Circuit, rule: BreakerRule, permit: Permit, outcome: Asked, now: number): void {
  if (permit === "probe") circuit.probing = false;
  if (outcome === "cancelled") return;
  if (circuit.state === "closed") countIn(circuit, now);
  if (outcome === "answered") ON_ANSWER[circuit.state](circuit, rule, permit);
  else ON_FAILURE[circuit.state](circuit, rule, now, permit);
}

// --- internal ---

const STRETCH_MS = 10_000;
const PROBE_EVERY_MS = 1_000;
// Where nothing harmless comes, the others must do; but they wait for it so much longer.
const PATIENCE = 5;

function probeOrNot(circuit: Circuit, rule: BreakerRule, now: number, harmless: boolean): Permit {
  circuit.due = Math.min(1, circuit.due + rule.probeShare);
  const waited = now - circuit.probedAt;
  const isDue = harmless ? circuit.due >= 1 || waited >= PROBE_EVERY_MS : waited >= PATIENCE * PROBE_EVERY_MS;
  if (circuit.probing || !isDue) return "no";
  circuit.probing = true;
  circuit.probedAt = now;
  circuit.due = 0;
  return "probe";
}

function halfOpen(circuit: Circuit, now: number): void {
  circuit.state = "half-open";
  circuit.passed = 0;
  circuit.probing = false;
  circuit.due = 1;
  circuit.probedAt = now;
}

function open(circuit: Circuit, rule: BreakerRule, now: number): void {
  circuit.until = now + Math.min(rule.openAtMostMs, rule.openMs * 2 ** Math.min(circuit.openings, 20));
  circuit.openings += 1;
  circuit.state = "open";
}

function countIn(circuit: Circuit, now: number): void {
  if (now - circuit.stretchFrom > STRETCH_MS) {
    circuit.stretchFrom = now;
    circuit.seen = 0;
    circuit.failed = 0;
  }
  circuit.seen += 1;
}

function hasFailedTooOften({ inARow, seen, failed }: Circuit, rule: BreakerRule): boolean {
  return inARow >= rule.failuresInARow || (seen >= rule.requests && failed >= rule.failureShare * seen);
}
