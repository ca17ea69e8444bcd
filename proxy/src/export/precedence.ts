import type { Route } from "../routes/route.ts";
import type { RouteTable } from "../routes/table.ts";

/**
 * The routes in the order in which `findRoute` asks them, so that the first that fits is the one it finds. The tree is walked
 * as the search walks it: literals, then the parameter, then what ends here, then what covers everything below. Two routes that
 * can fit one path always meet in that order, wherever their branches part.
 */
export function listByPrecedence({ root }: RouteTable): Route[] {
  return walk(root);
}

// --- internal ---

type Branch = RouteTable["root"];

function walk(branch: Branch): Route[] {
  const literals = [...branch.literals.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...literals.flatMap(([, child]) => walk(child)),
    ...(branch.parameter ? walk(branch.parameter) : []),
    ...branch.here,
    ...branch.below,
  ];
}
