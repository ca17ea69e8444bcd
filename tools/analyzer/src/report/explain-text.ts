import type {
  ContextExplanation,
  Explanation,
  FileExplanation,
  RouteExplanation,
  TableExplanation,
} from "../explain/explain.ts";
import type { Elsewhere } from "../explain/elsewhere.ts";
import type { ContextTie } from "../explain/ties-of.ts";
import type { TableUser } from "../findings/ownership.ts";
import type { Seam } from "../findings/seams.ts";
import { plural } from "../plural.ts";
import { percent } from "../round.ts";
import { beside, hang, shorten, shortenPlace, wrap } from "./fit.ts";
import { saySeam } from "./say-seam.ts";

const WIDTH = 80;
/** What an indented line under a heading holds. */
const ROOM = WIDTH - 4;
const MOST_LINES = 6;
const MOST_TABLES = 30;

/** Why each part is where it is, and what it would cost elsewhere. */
export function renderExplanations(explanations: readonly Explanation[]): string {
  return `${explanations.map((explanation) => renderOne(explanation).join("\n")).join("\n\n")}\n`;
}

// --- internal ---

function renderOne(explanation: Explanation): string[] {
  switch (explanation.kind) {
    case "file":
      return fileLines(explanation);
    case "table":
      return tableLines(explanation);
    case "route":
      return routeLines(explanation);
    case "context":
      return contextLines(explanation);
  }
}

function fileLines({ name, context, confidence, ties, tables, routes, seams, elsewhere }: FileExplanation): string[] {
  const sure = confidence === null ? "" : ` (${percent(confidence)} % of the answers agree)`;
  return [
    ...wrap(`${name} is in ${context}${sure}`, WIDTH),
    ...section("tied to", ties.slice(0, 3).flatMap(tieLines)),
    ...section(
      "tables",
      most(tables.map(({ table, mode, context: owner, line }) => `${mode} ${table} of ${owner}, line ${line}`)),
    ),
    ...section("routes", most(routes)),
    ...seamSection(seams),
    ...elsewhereSection(elsewhere),
  ];
}

function tieLines({ context, share, layers, strongest }: ContextTie): string[] {
  const by = Object.entries(layers)
    .sort((a, b) => b[1] - a[1])
    .map(([layer]) => layer);
  return [`${context} ${percent(share)} %: by ${by.join(", ")}`, ...strongest.slice(0, 3).map(({ to }) => `  ${to}`)];
}

function tableLines({ name, context, ownership, transactions, seams, elsewhere }: TableExplanation): string[] {
  return [
    ...wrap(`table ${name} belongs to ${context}`, WIDTH),
    ...hang("  ", `${ownership.advice.code}: ${ownership.advice.sentence}`, WIDTH),
    ...section("written by", ownership.writers.flatMap(userLines)),
    ...section("read by", ownership.readers.flatMap(userLines)),
    ...section(
      "triggers that write it",
      ownership.triggers.map(({ name: trigger, on, file, line }) => `${trigger} on ${on}: ${file}:${line}`),
    ),
    ...section("transactions", most(transactions.map(({ file, line, context: by }) => `${by}: ${file}:${line}`))),
    ...seamSection(seams),
    ...elsewhereSection(elsewhere),
  ];
}

function userLines({ context, places }: TableUser): string[] {
  const [first] = places;
  const others = places.length > 1 ? ` in ${places.length} places` : "";
  return first ? [beside(`${context}${others}`, first, ROOM)] : [];
}

function routeLines({ name, context, route, reaches }: RouteExplanation): string[] {
  const { file, line, name: handler } = route.handler;
  const mounted = route.mounted ? "" : ", but no application mounts it as far as the code shows";
  return [
    ...wrap(`${name} is answered by ${context}${mounted}`, WIDTH),
    ...section("handler", [beside(handler ?? "a function", { file, line }, ROOM)]),
    ...section("declared at", [shortenPlace(route, ROOM)]),
    ...section(
      "tables it reaches",
      most(
        reaches.map((reached) => {
          const whose = reached.context === context ? "" : ` of ${reached.context}`;
          return beside(`${reached.mode.padEnd(5)} ${reached.table}${whose}`, reached, ROOM);
        }),
        MOST_TABLES,
      ),
    ),
  ];
}

function contextLines({ name, context, routes, outward, inward, step, position }: ContextExplanation): string[] {
  const words = context.words.length > 0 ? `; its words: ${context.words.slice(0, 5).join(", ")}` : "";
  const { files, tables } = context;
  const sizes = [plural(files.length, "file"), plural(tables.length, "table"), plural(routes.length, "route")].join(
    ", ",
  );
  return [
    ...wrap(`${name}: ${sizes}${words}`, WIDTH),
    ...section("tables", tables.length > 0 ? wrap(tables.join(" "), ROOM) : []),
    ...section("routes", most(routes)),
    ...section("needs", most(outward.map(({ to, cost, worst }) => tieLine(to, cost, worst)))),
    ...section("is needed by", most(inward.map(({ from, cost, worst }) => tieLine(from, cost, worst)))),
    ...section(
      `extraction, step ${position ?? "none"}`,
      step
        ? [
            ...step.reasons.flatMap((reason) => wrap(reason, ROOM)),
            ...step.against.flatMap((against) => hang("against: ", against, ROOM)),
          ]
        : [],
    ),
  ];
}

function tieLine(other: string, cost: number, [worst]: readonly Seam[]): string {
  const tie = `${other}: cost ${cost}`;
  return worst ? beside(`${tie}, worst: ${worst.kind} ${worst.what}`, worst, ROOM) : tie;
}

function seamSection(seams: readonly Seam[]): string[] {
  return section("seams", most(seams.map((seam) => beside(saySeam(seam), seam, ROOM))));
}

function elsewhereSection(elsewhere: readonly Elsewhere[]): string[] {
  return section(
    "elsewhere",
    elsewhere.map(({ context, extraCost }) => `in ${context} all seams together cost ${signed(extraCost)}`),
  );
}

function signed(value: number): string {
  return value === 0 ? "the same" : `${Math.abs(value)} ${value > 0 ? "more" : "less"}`;
}

function most(lines: readonly string[], limit = MOST_LINES): string[] {
  const left = lines.length - limit;
  return left > 0 ? [...lines.slice(0, limit), `and ${left} more (--json)`] : [...lines];
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${heading}`, ...lines.map((line) => shorten(`    ${line}`, WIDTH))];
}
