import { sortedBy } from "../../order.ts";
import { round } from "../../round.ts";
import { SEAM_KINDS } from "../seams.ts";
import type { BuildItem } from "./extraction.ts";
import type { Knot } from "./knots.ts";

/** What has to be built before `context` can leave, when the contexts in `gone` have left; the hardest first. */
export function buildList(context: string, knots: readonly Knot[], gone: ReadonlySet<string>): BuildItem[] {
  const items = knots.flatMap((knot): BuildItem[] => {
    if (knot.owner === context) return offer(knot, gone);
    return knot.callers.has(context) && !gone.has(knot.owner) ? ask(knot, context, gone) : [];
  });
  return sortedBy(
    items,
    (item) => SEAM_KINDS.indexOf(item.kind),
    (item) => -item.cost,
    (item) => item.owner,
    (item) => item.what,
    (item) => item.target ?? "",
    (item) => item.at.file,
    (item) => item.at.line,
  );
}

// --- internal ---

/** Its owner leaves: everybody who still depends on it is led over; what the monolith offered meanwhile is redone. */
function offer(knot: Knot, gone: ReadonlySet<string>): BuildItem[] {
  const open = [...knot.callers.keys()].filter((caller) => !gone.has(caller)).sort();
  const offered = open.length < knot.callers.size;
  const seams = open.flatMap((caller) => knot.callers.get(caller) ?? []);
  const cost = (offered ? knot.rework : knot.base) + seams.length * knot.further;
  return open.length === 0 && knot.rework === 0 ? [] : [describe(knot, open, seams.length, cost, false)];
}

/** One that depends on it leaves first: the monolith offers it until the owner leaves too. */
function ask(knot: Knot, context: string, gone: ReadonlySet<string>): BuildItem[] {
  const offered = [...knot.callers.keys()].some((caller) => gone.has(caller));
  const seams = knot.callers.get(context)?.length ?? 0;
  const cost = (offered ? 0 : knot.base) + seams * knot.further;
  return [describe(knot, [context], seams, cost, knot.rework > 0)];
}

function describe(knot: Knot, callers: string[], seams: number, cost: number, interim: boolean): BuildItem {
  const { kind, remedy, what, target, file, line } = knot.seam;
  return {
    remedy,
    kind,
    what: kind === "type" ? `types of ${knot.owner}` : what,
    target,
    owner: knot.owner,
    callers,
    seams,
    cost: round(cost),
    interim,
    at: { file, line },
  };
}
