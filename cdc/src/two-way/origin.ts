// The mark on everything that a stream writes. Each of its target transactions carries a replication origin (PostgreSQL's manual, chapter
// "Replication Progress Tracking"), so that a stream which reads that database can tell what was written there from what was
// brought: of two streams that are the two ways of one, neither carries back what the other has brought.

import { errorCode, type Logger } from "@strangler/platform";
import { slotName } from "../plan/stream-plan.ts";
import { quoteName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { OriginNotAllowedError } from "./errors.ts";

/** The name under which a stream writes. */
export function originName(stream: string): string {
  return slotName(stream);
}

export const ORIGIN_FUNCTIONS = [
  "pg_catalog.pg_replication_origin_create(pg_catalog.text)",
  "pg_catalog.pg_replication_origin_session_setup(pg_catalog.text)",
] as const;

/** What lets a role mark what it writes; by default only superusers may. */
export function originGrants(role: string): string[] {
  return ORIGIN_FUNCTIONS.map((name) => `GRANT EXECUTE ON FUNCTION ${name} TO ${quoteName(role)}`);
}

/**
 * From here on everything that this session commits carries the stream's mark. A stream of one way only goes without where its role
 * may not, or where the server has no place for one more; of a pair that is refused with OriginNotAllowedError.
 */
export async function markOrigin(
  session: Session,
  { stream, isNeeded, log }: { stream: string; isNeeded: boolean; log: Logger },
): Promise<void> {
  const name = originName(stream);
  try {
    await session.query(
      `SELECT pg_catalog.pg_replication_origin_create($1) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_origin WHERE roname = $1)`,
      [name],
    );
    await session.query("SELECT pg_catalog.pg_replication_origin_session_setup($1)", [name]);
  } catch (error) {
    const isRefused = ["42501", "55000", "53400"].includes(errorCode(error) ?? "");
    if (!isRefused || !(error instanceof Error)) throw error;
    if (isNeeded) throw new OriginNotAllowedError(stream, error);
    log.info({ reason: error.message }, "what the stream writes carries no mark of origin");
  }
}

/** Forgets the mark, where this role may; rows that carry it stay as they are. */
export async function removeOrigin(session: Session, stream: string): Promise<void> {
  await session
    .query(
      "SELECT pg_catalog.pg_replication_origin_drop(roname) FROM pg_catalog.pg_replication_origin WHERE roname = $1",
      [originName(stream)],
    )
    .catch((error: unknown) => {
      if (errorCode(error) !== "42501") throw error;
    });
}
