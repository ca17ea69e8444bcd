import type { CommandModule } from "yargs";
import { judge } from "../analyze.ts";
import { UsageError } from "../errors.ts";
import { renderComparison } from "../report/whatif-text.ts";
import { compare } from "../whatif/compare.ts";
import { moveParts, type Move } from "../whatif/move-parts.ts";
import { CACHE_OPTION } from "./cache-option.ts";
import { PLAN_OPTION } from "./plan.ts";
import { readSubject, type SubjectArguments } from "./subject.ts";

export type WhatifArguments = SubjectArguments & { move: string[]; json: boolean | undefined };

/** `whatif [path] --move PART=CONTEXT`: what a move would do to every number. Changes nothing. */
export const whatifCommand: CommandModule<object, WhatifArguments> = {
  command: "whatif [path]",
  describe: "Show what moving files or tables to another context would change",
  builder: (yargs) =>
    yargs
      .positional("path", { type: "string", describe: "Folder with the code, if not the accepted one or this one" })
      .option("move", {
        type: "string",
        array: true,
        nargs: 1,
        demandOption: true,
        describe: "PART=CONTEXT: a file, a pattern or a table, and where to",
      })
      .option("schema", { type: "string", describe: "Folder with the migrations, where they lie outside" })
      .options(CACHE_OPTION)
      .options(PLAN_OPTION)
      .option("json", { type: "boolean", describe: "Print the comparison as one JSON document" })
      .example("$0 whatif src --move src/tax.ts=billing", "One file")
      .example("$0 whatif src --move 'src/tax/**=billing' --move tax_rates=billing", "A folder and its table"),
  handler: async ({ move, json, ...where }) => {
    const moves = move.map(parseMove);
    const { facts, contexts } = await readSubject(where);
    const before = await judge(facts, contexts);
    const comparison = compare(before, await judge(facts, moveParts(contexts, moves)));
    process.stdout.write(json ? `${JSON.stringify(comparison, null, 2)}\n` : renderComparison(comparison));
  },
};

// --- internal ---

function parseMove(text: string): Move {
  const at = text.lastIndexOf("=");
  if (at < 1 || at === text.length - 1) {
    throw new UsageError(`--move ${text} does not say what goes where: write --move PART=CONTEXT.`);
  }
  return { what: text.slice(0, at), to: text.slice(at + 1) };
}
