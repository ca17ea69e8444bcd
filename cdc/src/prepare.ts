// What needs an owner's rights and is done once, so that the stream itself can run under roles that may do little: publishing
// the source's tables, and making the place where the target keeps the position.

import { errorCode } from "@strangler/platform";
import type { StreamAddresses } from "./addresses.ts";
import { findPosition, type StoredPosition } from "./apply/position-store.ts";
import { findChunks, type CopyChunk } from "./copy/chunk-store.ts";
import { findPublication, keepPublication, sameTables, tablesMissing } from "./capture/publication.ts";
import { applyGrants, captureGrants } from "./grants.ts";
import { announcesChanges, keepDdlTrigger } from "./ddl/ddl-trigger.ts";
import { slotName, sourceTables, splitTable, type StreamPlan } from "./plan/stream-plan.ts";
import { PublicationChangedError } from "./errors.ts";
import { formatTable, type TableName } from "./postgres/quote.ts";
import { withSession, type Session } from "./postgres/session.ts";
import { keepTargetStore, lendTargetStore } from "./target-store.ts";

/**
 * Publishes the plan's tables, lets the source announce their changes, and makes the position store, where that is not done yet. With too few rights it leaves things as
 * they are; the check then says what is missing. Throws PublicationChangedError for a stream that has been copied
 * and whose log does not hold all that the plan wants.
 */
export async function prepareStream(plan: StreamPlan, addresses: StreamAddresses): Promise<void> {
  const { stored, copied } = await prepareStore(plan, addresses);
  const publication = slotName(plan.name);
  const tables = sourceTables(plan);
  await withSession(as(plan, "source", addresses.capture), async (session) => {
    const found = await findPublication(session, publication);
    if (stored !== undefined && stored.state !== "copying") assertSameLog(plan, { stored, copied }, found ?? []);
    if (!(await announcesChanges(session))) {
      await withSession(as(plan, "source", addresses.source), (owner) => ifAllowed(keepDdlTrigger(owner)));
    }
    if (found !== undefined && sameTables(found, tables)) return;
    // Tables that are not there are the check's to name.
    await withSession(as(plan, "source", addresses.source), (owner) =>
      ifAllowed(keepPublication(owner, publication, tables), ["42P01", "3F000", "42809"]),
    );
  });
}

/** Lets `role` capture the stream: replicate, and read exactly the plan's tables. Needs a superuser's address of the source. */
export async function grantCapture(superuserUrl: string, plan: StreamPlan, role: string): Promise<void> {
  await withSession(as(plan, "source", superuserUrl), async (session) => {
    for (const grant of captureGrants(plan, role)) await session.query(grant);
  });
}

/** Lets `role` apply the stream: write exactly the plan's target tables, as a replica, and keep the position. Needs a superuser's address of the target. */
export async function grantApply(superuserUrl: string, plan: StreamPlan, role: string): Promise<void> {
  await withSession(as(plan, "target", superuserUrl), async (session) => {
    await keepTargetStore(session);
    for (const grant of applyGrants(plan, role)) await session.query(grant);
  });
}

// --- internal ---

type Store = { stored: StoredPosition; copied: readonly CopyChunk[] };

/** Makes the place where the target keeps the position, where that is not done yet; answers with what is stored. */
export async function prepareStore(
  plan: StreamPlan,
  addresses: StreamAddresses,
): Promise<{ stored: StoredPosition | undefined; copied: CopyChunk[] }> {
  return withSession(as(plan, "target", addresses.apply), async (session) => {
    if (!(await ifAllowed(keepTargetStore(session)))) {
      await session.query("ROLLBACK");
      const role = await currentRole(session);
      await withSession(as(plan, "target", addresses.target), (owner) => ifAllowed(lendStore(owner, role)));
    }
    return { stored: await findPosition(session, plan.name), copied: await findChunks(session, plan.name) };
  });
}

// To publish a table now says nothing of what happened to it before: a table that is followed may not have been out of the
// publication. One that is new in the plan comes in with all its rows, see fillTarget.
function assertSameLog(plan: StreamPlan, { stored, copied }: Store, published: readonly TableName[]): void {
  const followed = plan.tables.filter(({ from, to }) =>
    copied.length === 0
      ? stored.tables.includes(to)
      : copied.some((chunk) => chunk.source === from && chunk.target === to),
  );
  const missing = tablesMissing(
    published,
    followed.map(({ from }) => splitTable(from)),
  );
  if (missing.length > 0) throw new PublicationChangedError(plan.name, missing.map(formatTable));
}

function as(plan: StreamPlan, side: "source" | "target", url: string) {
  return { url, what: `The ${side} "${plan[side]}"`, application: `strangler prepare ${plan.name}` };
}

async function lendStore(owner: Session, role: string): Promise<void> {
  await keepTargetStore(owner);
  await lendTargetStore(owner, role);
}

async function currentRole(session: Session): Promise<string> {
  const { rows } = await session.query<{ role: string }>("SELECT current_user AS role");
  return rows[0]?.role ?? "";
}

/** Whether it was done; false when the server says that this role may not. */
async function ifAllowed(work: Promise<void>, alsoAccepted: readonly string[] = []): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (["42501", ...alsoAccepted].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}
