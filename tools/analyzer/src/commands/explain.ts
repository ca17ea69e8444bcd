import type { CommandModule } from "yargs";
import { judge } from "../analyze.ts";
import { explain } from "../explain/explain.ts";
import { buildGraph } from "../graph/build-graph.ts";
import { renderExplanations } from "../report/explain-text.ts";
import { CACHE_OPTION } from "./cache-option.ts";
import { PLAN_OPTION } from "./plan.ts";
import { readSubject, type SubjectArguments } from "./subject.ts";

export type ExplainArguments = SubjectArguments & { part: string; json: boolean | undefined };

/** `explain <part> [path]`: why something is where it is, and what it would cost elsewhere. */
export const explainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain <part> [path]",
  describe: "Say why a file, table, route or context is where it is",
  builder: (yargs) =>
    yargs
      .positional("part", {
        type: "string",
        demandOption: true,
        describe: "A path or its end, a table, a route, a context",
      })
      .positional("path", { type: "string", describe: "Folder with the code, if not the accepted one or this one" })
      .option("schema", { type: "string", describe: "Folder with the migrations, where they lie outside" })
      .options(CACHE_OPTION)
      .options(PLAN_OPTION)
      .option("json", { type: "boolean", describe: "Print the explanation as one JSON document" })
      .example("$0 explain src/tax.ts src", "What ties it, what it touches, what it would cost elsewhere")
      .example("$0 explain 'GET /invoices/:id' src", "The handler and the tables that it reaches")
      .example("$0 explain table:invoices src", "Where a context has the same name"),
  handler: async ({ part, json, ...where }) => {
    const { facts, contexts } = await readSubject(where);
    const evidence = { facts, contexts, graph: buildGraph(facts), analysis: await judge(facts, contexts) };
    const explanations = explain(evidence, part);
    process.stdout.write(json ? `${JSON.stringify(explanations, null, 2)}\n` : renderExplanations(explanations));
  },
};
