import type { SourceFacts } from "../source-facts.ts";

/** A file that says nothing yet. */
export function emptyFacts(path: string, lines: number): SourceFacts {
  return {
    path,
    lines,
    imports: [],
    exports: [],
    constants: {},
    instances: {},
    values: {},
    classes: [],
    functions: [],
    calls: [],
    statements: [],
    schema: [],
    models: [],
    accesses: [],
    routing: { routers: [], routes: [], mounts: [], passes: [], returns: {} },
    transactions: [],
    wiring: { provides: [], asks: [] },
    events: [],
    words: {},
    problems: [],
  };
}
