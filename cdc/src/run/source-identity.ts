import { currentPosition } from "../capture/slot.ts";
import { parseLsn, type Lsn } from "../postgres/lsn.ts";
import type { Session } from "../postgres/session.ts";
import type { SourceFacts } from "./continuity.ts";

/** Which server, which of its histories, and which database; asked of an idle replication session. */
export type ServerIdentity = Pick<SourceFacts, "system" | "timeline" | "database">;

export async function identifyServer(replication: Session): Promise<ServerIdentity> {
  const { rows } = await replication.query<{ systemid: string; timeline: string; dbname: string }>("IDENTIFY_SYSTEM");
  const { systemid = "", timeline, dbname = "" } = rows[0] ?? {};
  return { system: systemid, timeline: Number(timeline), database: dbname };
}

/** Asks a server how it stands to a timeline that was known before. `session` is an ordinary one of the same database. */
export async function identifySource(
  replication: Session,
  session: Session,
  knownTimeline: number | null,
): Promise<SourceFacts> {
  const identity = await identifyServer(replication);
  const recovery = await session.query<{ now: string }>("SELECT pg_catalog.pg_is_in_recovery() AS now");
  const inRecovery = recovery.rows[0]?.now === "t";
  const isOther = knownTimeline !== null && knownTimeline !== identity.timeline;
  return {
    ...identity,
    inRecovery,
    // A standby does not know where the log ends.
    logEnd: inRecovery ? 0n : await currentPosition(session),
    branchedAt: isOther ? await findBranch(replication, identity.timeline, knownTimeline) : undefined,
  };
}

/**
 * Where in a timeline's history it left another one, by the lines of a history file: number, position, why (PostgreSQL's manual, "Streaming
 * Replication Protocol", TIMELINE_HISTORY). Undefined when that one is not among its ancestors. Pure.
 */
export function branchOf(history: string, ancestor: number): Lsn | undefined {
  for (const line of history.split("\n")) {
    const [timeline, position = ""] = line.trim().split(/\s+/);
    if (Number(timeline) === ancestor && position !== "") return parseLsn(position);
  }
  return undefined;
}

// --- internal ---

// A timeline that does not descend from the known one shares nothing with it that could be trusted.
async function findBranch(replication: Session, timeline: number, ancestor: number): Promise<Lsn> {
  const { rows } = await replication.query<{ content: string }>(`TIMELINE_HISTORY ${timeline}`);
  return branchOf(rows[0]?.content ?? "", ancestor) ?? 0n;
}
