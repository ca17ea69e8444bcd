import type { EventUse } from "../facts.ts";
import type { SourceFacts } from "../source-facts.ts";

/** PostgreSQL's own events in queries and functions: `LISTEN orders`, `NOTIFY orders`, `pg_notify('orders', ...)`. */
export function notifications({ path, statements }: SourceFacts): EventUse[] {
  return statements.flatMap(({ sql, in: where }) =>
    sql.flatMap(({ text, line }) => {
      const written = text.map((part) => (typeof part === "string" ? part : "*")).join("");
      return PATTERNS.flatMap(([role, pattern]) =>
        [...written.matchAll(pattern)].map(([, name = ""]): EventUse => {
          return { file: path, line, role, name: name === "*" ? null : name, mechanism: "postgres", function: where };
        }),
      );
    }),
  );
}

// --- internal ---

const PATTERNS: readonly [EventUse["role"], RegExp][] = [
  ["listen", /(?:^|;)\s*listen\s+"?([\w*]+)"?\s*(?:;|$)/gi],
  ["emit", /(?:^|;|\bthen\b|\bbegin\b)\s*notify\s+"?([\w*]+)"?\s*(?:,|;|$)/gi],
  ["emit", /\bpg_notify\s*\(\s*'([\w.:-]+)'/gi],
];
