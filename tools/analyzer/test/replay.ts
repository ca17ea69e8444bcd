import type { Seam } from "../src/findings/seams.ts";
import type { ExtractionStep } from "../src/findings/extraction/extraction.ts";
import { knotKey } from "../src/findings/extraction/knots.ts";

/** How things stand once a step is done. */
type Standing = {
  context: string;
  /** Seams between two deployables that nothing built so far resolves. A plan that holds leaves none. */
  broken: Seam[];
  /** Writes from one context to another's tables that no step has resolved yet. */
  writes: number;
};

/** Does what the steps say, one after the other, on the seams as they are today. */
export function replay(seams: readonly Seam[], steps: readonly ExtractionStep[]): Standing[] {
  const gone = new Set<string>();
  let open = [...seams];
  return steps.map((step) => {
    gone.add(step.context);
    const built = keysOf(step);
    open = open.filter((seam) => !built.has(`${knotKey(seam)}\0${seam.from}`));
    const isTorn = ({ from, to }: Seam): boolean => gone.has(from) || gone.has(to);
    return {
      context: step.context,
      broken: open.filter(isTorn),
      writes: open.filter(isWrite).length,
    };
  });
}

// --- internal ---

function keysOf({ build }: ExtractionStep): Set<string> {
  return new Set(
    build.flatMap((item) => {
      const knot = knotKey({ ...item, ...item.at, to: item.owner });
      return item.callers.map((caller) => `${knot}\0${caller}`);
    }),
  );
}

function isWrite({ kind, target }: Seam): boolean {
  return kind === "transaction" || ((kind === "access" || kind === "trigger") && target === "write");
}
