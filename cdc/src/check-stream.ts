import type { StreamAddresses } from "./addresses.ts";
import { findPosition } from "./apply/position-store.ts";
import { checkPublication, findProblems } from "./check/check-stream.ts";
import { findPlace } from "./check/problem.ts";
import { findFilled } from "./copy/target-tables.ts";
import { TargetNotEmptyError, type StreamProblem } from "./errors.ts";
import { targetTables, type StreamPlan } from "./plan/stream-plan.ts";
import { formatTable } from "./postgres/quote.ts";
import { withSession, type Session } from "./postgres/session.ts";
import { prepareStream } from "./prepare.ts";

/**
 * Asks both databases whether the stream can run; if nothing else is against it, publishes what the plan names where that is not
 * done yet. Answers with every reason against it, each a sentence with its remedy; none when it can. Throws DatabaseUnreachableError, and
 * TargetNotEmptyError when the stream would copy into tables that hold somebody else's rows.
 */
export async function checkStream(plan: StreamPlan, addresses: StreamAddresses): Promise<StreamProblem[]> {
  const application = `strangler check ${plan.name}`;
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  return withSession(source, (reader) =>
    withSession(target, async (writer) => {
      const { problems } = await findProblems(plan, reader, writer);
      if (problems.length > 0) return problems;
      await assertEmpty(plan, writer);
      await prepareStream(plan, addresses);
      return checkPublication(plan, reader);
    }),
  );
}

// --- internal ---

async function assertEmpty(plan: StreamPlan, target: Session): Promise<void> {
  if ((await findPosition(target, plan.name)) !== undefined) return;
  const tables = targetTables(plan);
  const filled = await findFilled(target, tables);
  if (filled.length === 0) return;
  const names = filled.map(formatTable);
  throw new TargetNotEmptyError(
    plan.name,
    names,
    names.map((name) => nameWithPlace(plan, name)),
  );
}

function nameWithPlace(plan: StreamPlan, table: string): string {
  const place = findPlace(plan, `tables.${plan.tables.findIndex(({ to }) => to === table)}.to`);
  return place === undefined ? table : `${table} (${place.file}:${place.line}:${place.column})`;
}
