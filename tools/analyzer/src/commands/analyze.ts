import type { CommandModule } from "yargs";
import type { Analysis } from "../analysis.ts";
import { analyze } from "../analyze.ts";
import { UsageError } from "../errors.ts";
import type { Pins } from "../accepted/accepted-contexts.ts";
import { CACHE_OPTION, cacheFolder, type CacheArguments } from "./cache-option.ts";
import { findAgreed, PLAN_OPTION, samePath, type PlanArguments } from "./plan.ts";
import { showProgress } from "./progress.ts";
import { pinsOf, PROPOSE_OPTIONS, type ProposeArguments } from "./propose-options.ts";

export type AnalyzeArguments = CacheArguments &
  PlanArguments &
  ProposeArguments & {
    path: string;
    schema: string | undefined;
    /** False for `--no-color`, an option of the program around. */
    color?: boolean | undefined;
  } & Record<Format, boolean | undefined>;

/** `analyze [path]`: a proposal of contexts with the evidence. */
export const analyzeCommand: CommandModule<object, AnalyzeArguments> = {
  command: "analyze [path]",
  describe: "Propose service boundaries for a TypeScript or JavaScript code base",
  builder: (yargs) =>
    yargs
      .positional("path", { type: "string", default: ".", describe: "Folder that holds the source code" })
      .option("schema", { type: "string", describe: "Folder with the migrations, where they lie outside" })
      .options(PROPOSE_OPTIONS)
      .options(PLAN_OPTION)
      .options(CACHE_OPTION)
      .option("json", { type: "boolean", describe: "Print everything as one JSON document" })
      .option("html", { type: "boolean", describe: "Print a page to look around in, which needs no network" })
      .option("svg", { type: "boolean", describe: "Print the map of contexts as a picture" })
      .option("mermaid", { type: "boolean", describe: "Print the contexts as a Mermaid flow chart" })
      .option("dot", { type: "boolean", describe: "Print the contexts as a graph for Graphviz" })
      .check((given) => atMostOneFormat(FORMATS.filter((format) => given[format])))
      .example("$0 analyze monolith/src", "A summary that fits a screen")
      .example("$0 analyze . --html > contexts.html", "A map, a matrix, every seam: open it in a browser")
      .example("$0 analyze . --json > analysis.json", "Files, tables, routes, transactions and seams"),
  handler: async ({ path, plan, schema, contexts, granularity, history, cache, color, ...given }) => {
    const pins = findPins(path, plan);
    const progress = showProgress(process.stderr, "reading");
    const reading = { schema, history, cache: cacheFolder({ cache }), onProgress: progress.step };
    const analysis = await analyze(path, { ...reading, contexts, granularity, pins }).finally(progress.end);
    const format = FORMATS.find((name) => given[name]);
    process.stdout.write(await (format ? RENDER[format](analysis) : renderSummary(analysis, color !== false)));
  },
};

// --- internal ---

/** Pins bind a proposal for the folder that they were written for, and it is said that they do. */
function findPins(path: string, plan: string | undefined): Pins | undefined {
  const found = findAgreed(plan);
  const pins = found && samePath(path, found.path) ? pinsOf(found.accepted) : undefined;
  if (found && pins) process.stderr.write(`The pins of ${found.file} are kept.\n`);
  return pins;
}

type Format = "json" | "html" | "svg" | "mermaid" | "dot";

/** Loaded when asked for: nobody waits for the page's layout to see the summary. */
const RENDER: Record<Format, (analysis: Analysis) => Promise<string>> = {
  json: async (analysis) => (await import("../report/json.ts")).renderJson(analysis),
  html: async (analysis) => {
    const [{ renderHtml }, { readPageAssets }] = await Promise.all([
      import("../report/html/html.ts"),
      import("./page-assets.ts"),
    ]);
    return renderHtml(analysis, readPageAssets());
  },
  svg: async (analysis) => (await import("../report/svg.ts")).renderSvg(analysis),
  mermaid: async (analysis) => (await import("../report/mermaid.ts")).renderMermaid(analysis),
  dot: async (analysis) => (await import("../report/dot.ts")).renderDot(analysis),
};

const FORMATS = Object.keys(RENDER) as Format[];

function atMostOneFormat(chosen: readonly Format[]): true {
  if (chosen.length <= 1) return true;
  throw new UsageError(`Only one of ${chosen.map((format) => `--${format}`).join(" and ")} can be printed.`);
}

async function renderSummary(analysis: Analysis, color: boolean): Promise<string> {
  const { renderText } = await import("../report/text.ts");
  // Node's own answer honours NO_COLOR and says no for files and pipes.
  return renderText(analysis, { color: color && process.stdout.isTTY && process.stdout.hasColors() });
}
