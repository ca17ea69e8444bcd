import type { EventUse } from "../facts.ts";
import type { SourceFacts } from "../source-facts.ts";

/** PostgreSQL's own events inside of longer SQL, mostly functions of triggers: `NOTIFY orders`, `pg_notify('orders', ...)`. */
export function notifications({ path, statements }: SourceFacts): EventUse[] {
  return statements.flatMap(({ sql, in: where }) =>
    sql.flatMap(({ text, line }) => {
      const written = text.map((part) => (typeof part === "string" ? part : "*")).join("");
      return PATTERNS.flatMap(([role, pattern]) =>
        [...written.matchAll(pattern)].map(({ 1: name = "", index }): EventUse => {
          const above = written.slice(0, index).split("\n").length - 1;
          const known = name === "*" ? null : name;
          return { file: path, line: line + above, role, name: known, mechanism: "postgres", function: where };
        }),
      );
    }),
  );
}

// --- internal ---

const PATTERNS: readonly [EventUse["role"], RegExp][] = [
  ["emit", /(?:^|;|\bthen\b|\bbegin\b)\s*notify\s+"?([\w*]+)"?\s*(?:,|;|$)/gi],
  ["emit", /\bpg_notify\s*\(\s*'([\w.:-]+)'/gi],
];
