import type { GuardMode } from "../guard/guard-sql.ts";

/**
 * `foreign`: somebody else than the stream wrote. `clean`: nobody did, as far as what was asked can tell. `unknown`: there is nothing that
 * could tell.
 */
export type AuditOutcome = "clean" | "foreign" | "unknown";

export type AuditFacts = {
  /** Rows by who wrote them last; null where the rows cannot tell. `earlier`: before the stream followed, or too long ago to be known. */
  rows: { stream: number; other: number; earlier: number } | null;
  /** What the guard on the table does; null where it does not stand on all of it. */
  guard: GuardMode | null;
  /** Statements of others that the guard has counted. */
  foreignStatements: number;
};

/** What the facts of one table come to. Pure. */
export function judgeAudit({ rows, guard, foreignStatements }: AuditFacts): AuditOutcome {
  if (foreignStatements > 0 || (rows !== null && rows.other > 0)) return "foreign";
  // A guard that refuses has let nobody in, and one that observes has seen nobody.
  return rows !== null || guard === "refuse" || guard === "observe" ? "clean" : "unknown";
}
