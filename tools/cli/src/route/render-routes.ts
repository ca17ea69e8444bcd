import type { RouteReport, RoutesSnapshot, StageChanges } from "@strangler/proxy";
import { describeMatch, type Route } from "@strangler/proxy";
import colors from "picocolors";
import { renderTable } from "../render-table.ts";

const PAINT = { monolith: colors.dim, shadow: colors.cyan, canary: colors.yellow, service: colors.green };

/** The routes as a table of at most `width` columns; with what a running proxy has counted, where there is one. */
export function renderRoutes(snapshot: RoutesSnapshot, report: RouteReport | undefined, width: number): string {
  if (snapshot.routes.length === 0) return "There are no routes; the monolith answers everything.";
  const head = ["route", "match", "stage", ...(report ? ["mono", "svc", "5xx", "diff"] : ["service"])];
  const rows = snapshot.routes.map((route) => [
    route.id,
    describeMatch(route).replace("GET,HEAD", "GET"),
    PAINT[route.stage](stageWord(route.stage, route.share / 100)),
    ...(report ? countersOf(route, report) : [route.service]),
  ]);
  const table = renderTable(head, narrow(head, rows, width), report ? { right: [3, 4, 5, 6] } : {});
  return report ? `${table}\n${legend(report)}` : table;
}

/** What a change of stages did, or would do; ids are as wide as the longest. */
export function renderChanges({ changes }: Pick<StageChanges, "changes">, width: number): string {
  const lines = changes.map(({ id, before, after }) => {
    const from = stageWord(before.stage, before.percent ?? 0);
    const to = stageWord(after.stage, after.percent ?? 0);
    return from === to
      ? `${id.padEnd(width)}  ${from}, as before`
      : `${id.padEnd(width)}  ${from} -> ${PAINT[after.stage](to)}`;
  });
  return lines.join("\n");
}

// --- internal ---

function stageWord(stage: Route["stage"], percent: number): string {
  return stage === "canary" ? `canary ${percent} %` : stage;
}

function countersOf({ id }: Route, { routes }: RouteReport): string[] {
  const seen = routes.find((route) => route.id === id);
  if (seen === undefined) return ["", "", "", ""];
  const { monolith, candidate, shadow } = seen;
  return [monolith.requests, candidate.requests, monolith.errors + candidate.errors, shadow.different].map(short);
}

// 12345 -> 12k: four columns of counters leave room for the rest.
function short(count: number): string {
  if (count < 10_000) return String(count);
  return count < 10_000_000 ? `${Math.round(count / 1_000)}k` : `${Math.round(count / 1_000_000)}M`;
}

function legend({ version, reloadError }: RouteReport): string {
  const counted = "mono, svc: requests answered by the monolith, by the service; diff: mismatches in shadow";
  const wrong = reloadError?.problems.map(({ line, reason }) => `  line ${line ?? "?"}: ${reason}`) ?? [];
  const stale =
    wrong.length === 0 ? [] : [colors.red("The proxy holds on to older routes, the file is wrong:"), ...wrong];
  return [colors.dim(counted), colors.dim(`version in force at the proxy: ${version}`), ...stale].join("\n");
}

// The match is the only column that can be long; it gives way.
function narrow(head: string[], rows: string[][], width: number): string[][] {
  const longest = (column: number) => Math.max(...[head, ...rows].map((row) => plainLength(row[column] ?? "")));
  const others = head.reduce((sum, _title, column) => (column === 1 ? sum : sum + longest(column) + 2), 0);
  const room = Math.max(8, width - others);
  return rows.map((row) => row.map((cell, column) => (column === 1 ? cut(cell, room) : cell)));
}

function cut(cell: string, room: number): string {
  return cell.length <= room ? cell : `${cell.slice(0, room - 1)}…`;
}

function plainLength(cell: string): number {
  return colors.isColorSupported ? cell.replaceAll(ESCAPES, "").length : cell.length;
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
