import type { RoutingCode } from "../../../routing-code.ts";
import type { ts } from "../compiler.ts";
import { readSteps } from "./statements.ts";

/** The routing code of a file, or null where nothing in it has to do with routes. */
export function readRoutingCode(source: ts.SourceFile, lineOf: (node: ts.Node) => number): RoutingCode | null {
  if (!concernsRoutes(source.fileName, source.text)) return null;
  const code: RoutingCode = { steps: [], functions: [], classes: [] };
  const endLineOf = (node: ts.Node): number => source.getLineAndCharacterOfPosition(node.end).line + 1;
  code.steps = readSteps({ code, text: source.text, depth: 0, nesting: 0, lineOf, endLineOf }, source.statements);
  return code;
}

// --- internal ---

/** More characters than people write into a file that sets up routes. */
const MOST_TEXT = 300_000;

function concernsRoutes(path: string, text: string): boolean {
  return !path.endsWith("x") && text.length <= MOST_TEXT && TOUCHES_ROUTES.test(text) && !RUNS_IN_BROWSERS.test(text);
}

/** Code that sets up routes, or that such code is made of, says one of these somewhere. */
const TOUCHES_ROUTES =
  /[Rr]out|express|koa\b|fastify|=> import\(|Nest|@(?:Controller|Module|Get|Post|Put|Patch|Delete|All|Sse|Head|Options)\b|\b[Aa]pp\b|\b(?:path|url): *["'`]\//;

/** Routers of user interfaces say nothing of requests. */
const RUNS_IN_BROWSERS = /from ["'](?:@angular\/|@vue\/|react|vue|svelte|solid-js|preact)/;
