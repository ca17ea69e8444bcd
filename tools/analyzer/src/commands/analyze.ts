import type { CommandModule } from "yargs";
import { analyze } from "../analyze.ts";
import { renderJson } from "../report/json.ts";
import { renderMermaid } from "../report/mermaid.ts";
import { renderText } from "../report/text.ts";
import { CACHE_OPTION, cacheFolder, type CacheArguments } from "./cache-option.ts";
import { showProgress } from "./progress.ts";

export type AnalyzeArguments = CacheArguments & {
  path: string;
  schema: string | undefined;
  json: boolean | undefined;
  mermaid: boolean | undefined;
  /** False for `--no-color`, an option of the program around. */
  color?: boolean | undefined;
};

/** `analyze [path]`: a proposal of contexts with the evidence. */
export const analyzeCommand: CommandModule<object, AnalyzeArguments> = {
  command: "analyze [path]",
  describe: "Propose service boundaries for a TypeScript or JavaScript code base",
  builder: (yargs) =>
    yargs
      .positional("path", { type: "string", default: ".", describe: "Folder that holds the source code" })
      .option("schema", { type: "string", describe: "Folder with the migrations, where they lie outside" })
      .options(CACHE_OPTION)
      .option("json", { type: "boolean", describe: "Print everything as one JSON document" })
      .option("mermaid", { type: "boolean", describe: "Print the contexts as a Mermaid flow chart" })
      .conflicts("json", "mermaid")
      .example("$0 analyze monolith/src", "A summary that fits a screen")
      .example("$0 analyze . --json > analysis.json", "Files, tables, routes, transactions and seams"),
  handler: async ({ path, schema, json, mermaid, color, cache }) => {
    const progress = showProgress(process.stderr, "reading");
    const analysis = await analyze(path, { schema, cache: cacheFolder({ cache }), onProgress: progress.step }).finally(
      progress.end,
    );
    if (json) process.stdout.write(renderJson(analysis));
    else if (mermaid) process.stdout.write(renderMermaid(analysis));
    else process.stdout.write(renderText(analysis, { color: color !== false && isColorful() }));
  },
};

// --- internal ---

// Node's own answer honours NO_COLOR and says no for files and pipes.
function isColorful(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}
