import type { RouteWatch, WatchMove, WatchReport } from "@strangler/proxy";
import colors from "picocolors";

const PAINT = { good: colors.green, bad: colors.red, "not enough traffic": colors.yellow };

/** Every canary with its verdict and the sentence behind it, then what the watch has done, the newest first. */
export function renderWatch({ routes, moves }: WatchReport): string {
  const canaries =
    routes.length === 0 ? "No route is in stage canary with its watch on." : routes.map(renderRoute).join("\n");
  return moves.length === 0 ? canaries : `${canaries}\n\n${moves.map(renderMove).join("\n")}`;
}

// --- internal ---

function renderRoute({ route, percent, verdict, text, advance }: RouteWatch): string {
  const head = `${route}  canary ${percent} %  ${PAINT[verdict](verdict)}`;
  return [head, `  ${text}`, ...(advance === null ? [] : [`  ${renderAdvance(advance)}`])].join("\n");
}

function renderAdvance({ next, waitsFor }: NonNullable<RouteWatch["advance"]>): string {
  if (next === null) return `waits for ${waitsFor}`;
  const goal = next.percent === null ? `stage ${next.stage}` : `${next.percent} %`;
  return `goes on to ${goal} by itself, waits for ${waitsFor}`;
}

function renderMove({ at, route, kind, before, after, reason, refused }: WatchMove): string {
  const from = before.percent === null ? before.stage : `${before.stage} ${before.percent} %`;
  const to = after.percent === null ? after.stage : `${after.stage} ${after.percent} %`;
  const paint = kind === "roll-back" ? colors.red : colors.green;
  const outcome = refused === null ? "" : colors.yellow(` not done: ${refused}`);
  return `${colors.dim(at)}  ${route}  ${paint(`${from} -> ${to}`)}${outcome}\n  ${reason}`;
}
