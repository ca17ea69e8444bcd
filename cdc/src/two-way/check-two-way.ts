// What a pair needs of its databases beside what every stream needs.

import { ExitCode } from "@strangler/platform";
import type { StreamProblem } from "../errors.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import type { Session } from "../postgres/session.ts";
import { ORIGIN_FUNCTIONS, originGrants } from "./origin.ts";

export type IdentityFact = { table: string; isFull: boolean };

/** What keeps the stream of a pair from telling what was written from what was brought, or from seeing conflicts. */
export async function checkTwoWay(
  plan: StreamPlan,
  target: Session,
  role: string,
  identities: readonly IdentityFact[],
): Promise<StreamProblem[]> {
  if (plan.reverse === undefined) return [];
  const { rows } = await target.query<{ tracked: string; allowed: string }>(
    `SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AS tracked,
            pg_catalog.bool_and(pg_catalog.has_function_privilege(name, 'EXECUTE')) AS allowed
     FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name`,
    [ORIGIN_FUNCTIONS],
  );
  const problem = (name: string, sentence: string) => [{ problem: name, exitCode: ExitCode.environment, sentence }];
  const tracked = rows[0]?.tracked === "t";
  const bare = identities.filter(({ isFull }) => !isFull).map(({ table }) => table);
  return [
    ...(rows[0]?.allowed === "t"
      ? []
      : problem(
          "NO_ORIGIN_RIGHT",
          `The target's role "${role}" may not mark what it writes, so the other way would carry it back. ${originGrants(role).join("; ")}.`,
        )),
    ...(plan.onConflict === "newest" && !tracked
      ? problem(
          "NO_COMMIT_TIMESTAMPS",
          `The target does not keep when a row was written, and onConflict: newest asks for it. ALTER SYSTEM SET track_commit_timestamp = on, then restart the server.`,
        )
      : []),
    ...(plan.onConflict !== undefined && !tracked && bare.length > 0
      ? problem(
          "CONFLICTS_UNSEEN",
          `The log of ${bare.join(", ")} does not tell how a row was before its change, so a conflict would not be seen. ALTER TABLE ${bare[0] ?? ""} REPLICA IDENTITY FULL, or set track_commit_timestamp = on at the target.`,
        )
      : []),
  ];
}
