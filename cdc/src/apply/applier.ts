// Writes units of work to the target. The transaction that is open ends only at a boundary, together with the stream's
// position. When the target refuses a set of rows (two rows that swap a unique value collide halfway; one value of ten
// thousand is too long), the set is undone and its changes are written one by one in the log's order: either that works, as it
// did at the source, or the change that does not is found and named.

import { errorCode, type Logger } from "@strangler/platform";
import type { RowMessage } from "../capture/pgoutput.ts";
import { MissingRowError, PositionMovedError } from "../errors.ts";
import { formatPostgresTime } from "../postgres/clock.ts";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import { truncateTables, writeOne } from "./one-by-one.ts";
import { createParameterBuilder } from "./parameters.ts";
import { ADVANCE } from "./position-store.ts";
import { createStatements, type TableStatements } from "./statements.ts";
import type { Boundary, Unit } from "./unit.ts";
import { sendBatch, sendWrite, type PendingWrite, type Writer } from "./write-batch.ts";

export type ApplierOptions = {
  /** A session opened with `pipeline`. */
  session: Session;
  stream: string;
  /** The stored position to go on from. */
  position: Lsn;
  /** Counted up as work is done. */
  counts: ApplyCounts;
  log: Logger;
};

export type Applier = {
  /** Writes a unit, and commits when it ends at a boundary. When it throws, the session is good for nothing but to be closed. */
  apply: (unit: Unit) => Promise<void>;
  /** Moves the stored position on where the log held nothing for this stream. */
  advance: (position: Lsn) => Promise<void>;
  /** The stored position. */
  position: () => Lsn;
};

export type ApplyCounts = {
  /** Source transactions, row changes, target transactions. */
  transactions: number;
  changes: number;
  commits: number;
  /** Sets that were written one by one in the end. */
  oneByOne: number;
  /** Rows that should have been there to be updated, and were written whole. */
  mended: number;
  /** Rows that should have been there to be removed, and were not. */
  alreadyGone: number;
};

export const NOTHING_APPLIED: ApplyCounts = {
  transactions: 0,
  changes: 0,
  commits: 0,
  oneByOne: 0,
  mended: 0,
  alreadyGone: 0,
};

export function createApplier({ session, stream, position: start, counts, log }: ApplierOptions): Applier {
  const writer = createWriter(session);
  let position = start;
  let inTransaction = false;
  let changesInTransaction = 0;

  async function apply(unit: Unit): Promise<void> {
    const continues = inTransaction;
    inTransaction = true;
    const begun = session.query(continues ? "SAVEPOINT unit" : "BEGIN");
    if (unit.kind === "batch") await writeBatch(unit.batch, unit.boundary, continues, begun);
    else await writeOther(unit, begun);
    changesInTransaction += unit.changes;
    if (unit.boundary !== undefined) await commit(unit.boundary);
  }

  async function writeBatch(
    batch: Batch,
    boundary: Boundary | undefined,
    continues: boolean,
    begun: Promise<unknown>,
  ): Promise<void> {
    const writes = sendBatch(writer, batch);
    const moved = boundary === undefined ? undefined : sendAdvance(boundary.endLsn, boundary.commitTime);
    try {
      await settle([begun, ...writes.map(({ done }) => done), ...(moved === undefined ? [] : [moved])]);
      for (const write of writes) await lookAt(write);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      log.info(
        { reason: error instanceof Error ? error.message : undefined },
        "a set of changes is written one by one",
      );
      counts.oneByOne += 1;
      await session.query(continues ? "ROLLBACK TO SAVEPOINT unit" : "ROLLBACK; BEGIN");
      await writeInOrder(batch.messages, (message) => batch.tables.get(message.relationId)?.table);
      if (boundary !== undefined) await sendAdvance(boundary.endLsn, boundary.commitTime);
    }
  }

  async function writeOther(unit: Exclude<Unit, { kind: "batch" }>, begun: Promise<unknown>): Promise<void> {
    await begun;
    if (unit.kind === "truncate") await truncateTables(session, unit.tables);
    else await writeInOrder([unit.message], () => unit.table);
    if (unit.boundary !== undefined) await sendAdvance(unit.boundary.endLsn, unit.boundary.commitTime);
  }

  async function writeInOrder(
    messages: readonly RowMessage[],
    tableOf: (message: RowMessage) => FollowedTable | undefined,
  ): Promise<void> {
    // A constraint that the source checks at the end of its statement or transaction is checked at the end here too.
    await session.query("SET CONSTRAINTS ALL DEFERRED");
    for (const message of messages) {
      const table = tableOf(message);
      if (table !== undefined) counts.mended += await writeOne(writer, message, table);
    }
  }

  async function commit({ endLsn, transactions }: Boundary): Promise<void> {
    await session.query("COMMIT");
    inTransaction = false;
    position = endLsn;
    counts.commits += 1;
    counts.transactions += transactions;
    counts.changes += changesInTransaction;
    changesInTransaction = 0;
  }

  function sendAdvance(to: Lsn, commitTime: bigint | null): Promise<void> {
    const committedAt = commitTime === null ? null : formatPostgresTime(commitTime);
    const values = [stream, formatLsn(position), formatLsn(to), committedAt];
    return session.query({ ...ADVANCE, values }).then(({ rowCount }) => {
      if (rowCount !== 1) throw new PositionMovedError(stream);
    });
  }

  async function lookAt(write: PendingWrite): Promise<void> {
    const found = await write.done;
    const missing = write.rows.length - found;
    if (missing === 0) return;
    const table = formatTable(write.table.resolved.to);
    if (write.kind === "remove") {
      counts.alreadyGone += missing;
      log.warn({ table, rows: missing }, "rows to be removed were not in the target");
    } else if (write.kind === "update") {
      await mend(write, missing, table);
    }
  }

  async function mend({ table, rows, lacking }: PendingWrite, missing: number, name: string): Promise<void> {
    const { insertMissing, findMissing } = writer.statementsOf(table);
    if (lacking !== "") {
      const values = writer.parameters.build(table, findMissing.inputs, rows);
      const keys = await session.query<{ key: string }>({ name: findMissing.name, text: findMissing.text, values });
      throw new MissingRowError(
        name,
        keys.rows.map(({ key }) => key),
        missing,
      );
    }
    await sendWrite(writer, { table, kind: "insert", statement: insertMissing, rows }).done;
    counts.mended += missing;
    log.warn({ table: name, rows: missing }, "rows to be updated were not in the target and were written whole");
  }

  return {
    apply,
    advance: async (to) => {
      await sendAdvance(to, null);
      position = to;
    },
    position: () => position,
  };
}

// --- internal ---

function createWriter(session: Session): Writer {
  const known = new WeakMap<FollowedTable["resolved"], TableStatements>();
  return {
    session,
    parameters: createParameterBuilder(),
    statementsOf: ({ resolved }) => {
      let statements = known.get(resolved);
      if (statements === undefined) {
        statements = createStatements(resolved);
        known.set(resolved, statements);
      }
      return statements;
    },
  };
}

/** Waits for all; throws what went wrong first in the order of sending, which is what made the others fail. */
async function settle(sent: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(sent)).find((answer) => answer.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

// Class 22 is "data exception", class 23 "integrity constraint violation".
function isRefusal(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error) ?? "");
}
