import { errorCode } from "@strangler/platform";
import type { Session } from "../postgres/session.ts";
import { CREATE_DDL_TRIGGER, DDL_TRIGGER_VERSION, DROP_DDL_TRIGGER } from "./trigger-sql.ts";

/** Whether the source announces changes of its published tables in its log. */
export async function announcesChanges(source: Session): Promise<boolean> {
  const { rows } = await source.query(
    `SELECT 1 FROM pg_catalog.pg_event_trigger
     WHERE evtname = 'strangler_note_changes' AND evtenabled = 'A' AND pg_catalog.obj_description(oid, 'pg_event_trigger') = $1`,
    [DDL_TRIGGER_VERSION],
  );
  return rows.length > 0;
}

/** Makes the source announce them, where it does not yet. Throws the server's 42501 for a role that is no superuser. */
export async function keepDdlTrigger(source: Session): Promise<void> {
  if (await announcesChanges(source)) return;
  await inTransaction(source, CREATE_DDL_TRIGGER);
}

/** Takes the announcing away when no stream publishes anything any more. A role that is no superuser leaves it; it disturbs nobody. */
export async function dropDdlTrigger(source: Session): Promise<void> {
  const { rows } = await source.query(
    "SELECT 1 FROM pg_catalog.pg_publication WHERE pubname LIKE 'strangler\\_%' LIMIT 1",
  );
  if (rows.length > 0) return;
  await inTransaction(source, DROP_DDL_TRIGGER).catch((error: unknown) => {
    if (errorCode(error) !== "42501") throw error;
  });
}

// --- internal ---

// Two streams of one source may start at the same moment.
async function inTransaction(source: Session, sql: string): Promise<void> {
  try {
    await source.query(
      `BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('strangler.ddl')); ${sql}; COMMIT`,
    );
  } catch (error) {
    await source.query("ROLLBACK");
    throw error;
  }
}
