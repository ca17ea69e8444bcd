import type { AccessFact, ModelRef, SourceFacts } from "../../source-facts.ts";
import { emptyFacts } from "../empty-facts.ts";
import type { ts } from "./compiler.ts";
import type { Scope } from "./scope.ts";

/** What the visitors of one file share: the facts so far and notes on nodes that come later in the walk. */
export type Recorder = {
  source: ts.SourceFile;
  facts: SourceFacts;
  /** Scopes decided ahead of the walk, e.g. for the callback of a transaction. */
  scopes: Map<ts.Node, Scope>;
  /** Chains and literals that a visitor has already dealt with. */
  done: Set<ts.Node>;
  /** Query chains and the statement each became, so that a variable can hold a half-built query. */
  queries: Map<ts.Node, number>;
  /** Callbacks, and what their first parameter holds: `users.map((user) => ...)`. */
  elements: Map<ts.Node, ModelRef>;
  /** Calls and the names that their results get: `const User = model("User", schema)`. */
  resultNames: Map<ts.Node, string>;
  /** What the aliases of query builders stand for, function by function: the relations that lead there. */
  aliases: Map<string, Map<string, string[]>>;
  /** The accesses that a variable of a function holds without having run them, by function and name. */
  held: Map<string, AccessFact[]>;
  /** Names that stand for `module.exports`. */
  exported: Set<string>;
  /** Functions that are added to what the module's one function was given, with their names. */
  mixed: Map<ts.Node, string>;
  lineOf: (this: void, node: ts.Node) => number;
};

export function createRecorder(source: ts.SourceFile, path: string): Recorder {
  return {
    source,
    facts: emptyFacts(path, source.getLineStarts().length),
    scopes: new Map(),
    done: new Set(),
    queries: new Map(),
    elements: new Map(),
    resultNames: new Map(),
    aliases: new Map(),
    held: new Map(),
    exported: new Set(),
    mixed: new Map(),
    lineOf: (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
  };
}
