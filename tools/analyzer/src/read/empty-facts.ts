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
    shapes: {},
    functions: [],
    mixins: { into: [], given: {} },
    calls: [],
    statements: [],
    schema: [],
    models: [],
    relations: [],
    accesses: [],
    routing: null,
    transactions: [],
    wiring: { provides: [], asks: [], scans: [], queues: {} },
    events: [],
    words: {},
    problems: [],
  };
}
