import { createHistory, type History } from "../../../src/control/dashboard/history.ts";
import { emptySeries, slotOf, type Series, type Side } from "../../../src/traffic.ts";

/** How one side of a route behaves in a made-up past. */
export type Behaviour = {
  route: string;
  side: Side;
  /** Requests in the second that ends at `at`. */
  perSecond: (at: number) => number;
  medianMs: number;
  /** Errors among the requests, 0..1. */
  errors: (at: number) => number;
};

/** The history of a control plane that has looked at these sides every second until `until`. No chance: always the same. */
export function sampleHistory(behaviours: readonly Behaviour[], until: number, seconds = 7_200): History {
  const history = createHistory();
  const random = sequence(7);
  const series = behaviours.map(({ route, side }) => emptySeries(route, side));
  for (let at = until - seconds * 1_000; at <= until; at += 1_000) {
    for (const [index, behaviour] of behaviours.entries()) {
      const counted = series[index];
      if (counted) passSecond(counted, behaviour, at, random);
    }
    history.add(at, { series });
  }
  return history;
}

// --- internal ---

function passSecond(
  series: Series,
  { perSecond, medianMs, errors }: Behaviour,
  at: number,
  random: () => number,
): void {
  const wanted = perSecond(at) * (0.85 + 0.3 * random());
  const requests = Math.floor(wanted) + (random() < wanted % 1 ? 1 : 0);
  for (let request = 0; request < requests; request += 1) {
    // Three in a hundred are slow, as they are.
    const durationMs = medianMs * (0.6 + 0.8 * random()) * (random() < 0.03 ? 4 + 4 * random() : 1);
    const slot = slotOf(durationMs);
    series.requests += 1;
    if (random() < errors(at)) series.errors += 1;
    series.durationMsSum += durationMs;
    series.slots[slot] = (series.slots[slot] ?? 0) + 1;
  }
}

// mulberry32
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
