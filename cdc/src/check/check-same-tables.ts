// Two names of one database: a stream that wrote what it reads would never end.

import type { StreamPlan } from "../plan/stream-plan.ts";
import type { Session } from "../postgres/session.ts";
import { planProblem, type PlanProblem } from "./problem.ts";

/** Complains of tables that the stream would read and write, if both its databases are one. */
export async function checkSameTables(plan: StreamPlan, source: Session, target: Session): Promise<PlanProblem[]> {
  const read = new Set(plan.tables.map(({ from }) => from));
  const both = plan.tables.flatMap(({ to }, place) => (read.has(to) ? [{ to, place }] : []));
  if (both.length === 0 || (await identify(source)) !== (await identify(target))) return [];
  return both.map(({ to, place }) => {
    const reason = `"${plan.source}" and "${plan.target}" are one database, so the stream would read what it writes to ${to}.`;
    return planProblem("SAME_TABLE", `tables.${place}.to`, `${reason} Correct an address, or name another table.`);
  });
}

// --- internal ---

async function identify(session: Session): Promise<string | undefined> {
  const { rows } = await session.query<{ id: string }>(
    `SELECT pg_catalog.concat_ws('/', (SELECT system_identifier FROM pg_catalog.pg_control_system()), d.oid) AS id
     FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  );
  return rows[0]?.id;
}
