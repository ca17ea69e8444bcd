import type { RoutingCode } from "../../../routing-code.ts";
import type { ts } from "../compiler.ts";
import { readSteps } from "./statements.ts";

/** The routing code of a file, or null where nothing in it has to do with routes. */
export function readRoutingCode(source: ts.SourceFile, lineOf: (node: ts.Node) => number): RoutingCode | null {
  if (/x$/.test(source.fileName) || !TOUCHES_ROUTES.test(source.text)) return null;
  const code: RoutingCode = { steps: [], functions: [], classes: [] };
  code.steps = readSteps({ code, lineOf }, source.statements);
  return code;
}

// --- internal ---

/** Code that sets up routes, or that such code is made of, says one of these somewhere. */
const TOUCHES_ROUTES =
  /[Rr]out|express|koa\b|fastify|Nest|@(?:Controller|Module|Get|Post|Put|Patch|Delete|All|Sse|Head|Options)\b|\b[Aa]pp\b|\b(?:path|url|prefix): /;
