import type { RoutingCode } from "../../../routing-code.ts";
import type { ts } from "../compiler.ts";

/** What the readers of one file share while they turn its tree into routing code. */
export type CodeReader = {
  code: RoutingCode;
  /** The text of the file. */
  text: string;
  /** How many expressions are around. */
  depth: number;
  /** How many lists and records are around. */
  nesting: number;
  lineOf(node: ts.Node): number;
  endLineOf(node: ts.Node): number;
};
