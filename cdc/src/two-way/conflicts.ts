// Finds rows that both sides have changed. The log tells how the source knew a row before its change (with REPLICA IDENTITY FULL), and
// the target's row is compared with that; where the log does not tell it, the target says who has written the row last
// (track_commit_timestamp). Every row that is looked at is locked until the transaction ends, so that what was found stays true.

import type { Logger } from "@strangler/platform";
import type { BeginMessage, RowMessage } from "../capture/pgoutput.ts";
import { describeKey } from "../apply/parameters.ts";
import type { Batch } from "../apply/batch.ts";
import type { FollowedTable } from "../apply/followed-table.ts";
import { readRowChange, type LoggedRow } from "../apply/row-change.ts";
import { rowKey } from "../apply/row-key.ts";
import { createWriter } from "../apply/writer.ts";
import { TargetRefusedError } from "../errors.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatPostgresTime } from "../postgres/clock.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import {
  judgeConflict,
  RESOLUTIONS,
  type ConflictCounts,
  type ConflictKind,
  type ConflictPolicy,
  type MetRow,
} from "./conflict-policy.ts";
import { conflictSql, type ConflictSql } from "./conflict-sql.ts";
import { ConflictError } from "./errors.ts";
import { originName } from "./origin.ts";

/** Finds rows that both sides have changed, and decides whose version stays. Both lock the rows they look at. */
export type Conflicts = {
  /** Whether any row of the batch is not as the source knew it when it changed it. */
  isAnyIn: (batch: Batch) => Promise<boolean>;
  /** Whether this change may be written; counts and logs what it decides. Throws TargetRefusedError where the policy is to park. */
  mayWrite: (message: RowMessage, table: FollowedTable, begin: BeginMessage | undefined) => Promise<boolean>;
};

export type ConflictOptions = {
  session: Session;
  plan: StreamPlan;
  policy: ConflictPolicy;
  counts: ConflictCounts;
  log: Logger;
};

export async function createConflicts({ session, plan, policy, counts, log }: ConflictOptions): Promise<Conflicts> {
  const { parameters } = createWriter(session);
  const { rows } = await session.query<{ tracked: string }>(
    "SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AS tracked",
  );
  const isTracked = rows[0]?.tracked === "t";
  const known = new WeakMap<FollowedTable["resolved"], ConflictSql>();
  const sqlOf = ({ resolved }: FollowedTable) => {
    let sql = known.get(resolved);
    if (sql === undefined) {
      sql = conflictSql(resolved, isTracked);
      known.set(resolved, sql);
    }
    return sql;
  };
  const build = (table: FollowedTable, inputs: readonly number[], given: readonly LoggedRow[]) =>
    // The builder's buffers are its own until the next call.
    parameters.build(table, inputs, given).map((value) => Buffer.from(value));

  async function count(table: FollowedTable, kind: "byKey" | "byRow", given: readonly LoggedRow[]) {
    const { name, text, inputs } = sqlOf(table)[kind];
    const values = [...build(table, inputs, given), originName(plan.name)];
    const answer = await session.query<Record<"given" | "found" | "differing", string>>({ name, text, values });
    const row = answer.rows[0];
    return { given: Number(row?.given), found: Number(row?.found), differing: Number(row?.differing) };
  }

  async function isAnyOf(table: FollowedTable, { added, known: before, named }: Firsts): Promise<boolean> {
    if (added.length > 0 && (await count(table, "byKey", added)).found > 0) return true;
    if (before.length > 0) {
      const { given, found, differing } = await count(table, "byRow", before);
      if (found < given || differing > 0) return true;
    }
    if (named.length === 0) return false;
    const { given, found, differing } = await count(table, "byKey", named);
    return found < given || differing > 0;
  }

  async function meet(message: RowMessage, table: FollowedTable): Promise<MetRow & { committedAt: string | null }> {
    const sql = sqlOf(table);
    const change = readRowChange(message, table);
    const key = change.op === "rekey" ? change.oldRow : change.row;
    const old = message.oldIs === "full" ? { bytes: message.bytes, at: message.old } : undefined;
    const isWhole = change.op !== "delete" && !("lacking" in change && change.lacking !== "");
    const { text, inputs } = sql.met(old !== undefined, isWhole);
    const values = [
      ...build(table, inputs.key, [key]),
      ...(old === undefined ? [] : build(table, inputs.all, [old])),
      ...(isWhole ? build(table, inputs.all, [change.row]) : []),
      originName(plan.name),
    ];
    const { rows: found } = await session.query<Record<"differs" | "same" | "ours" | "committed_at", string | null>>({
      text,
      values,
    });
    const row = found[0];
    const flag = (value: string | null | undefined) =>
      value === null || value === undefined ? undefined : value === "t";
    return {
      exists: row !== undefined,
      differs: flag(row?.differs),
      isSame: flag(row?.same) ?? false,
      isOurs: flag(row?.ours),
      committedAt: row?.committed_at ?? null,
    };
  }

  function isNewer(begin: BeginMessage | undefined, committedAt: string | null, isOurs: boolean | undefined): boolean {
    if (begin === undefined || committedAt === null || isOurs === true) return true;
    const theirs = formatPostgresTime(begin.commitTime);
    // Of the same microsecond, the database whose name comes first wins, on both sides.
    return theirs === committedAt ? plan.source < plan.target : theirs > committedAt;
  }

  function decide(kind: ConflictKind, begin: BeginMessage | undefined, met: Awaited<ReturnType<typeof meet>>) {
    const resolution = RESOLUTIONS[policy][kind];
    if (resolution !== "newer") return resolution;
    return isNewer(begin, met.committedAt, met.isOurs) ? "write" : "skip";
  }

  return {
    async isAnyIn(batch) {
      for (const { table } of batch.tables.values()) {
        if (await isAnyOf(table, findFirsts(batch, table))) return true;
      }
      return false;
    },
    async mayWrite(message, table, begin) {
      const met = await meet(message, table);
      const kind = judgeConflict(message.op, met);
      if (kind === undefined) return true;
      const resolution = decide(kind, begin, met);
      counts[kind] += 1;
      const to = formatTable(table.resolved.to);
      const key = describeKey(table, readRowChange(message, table).row);
      log.warn(
        { table: to, key, conflict: kind, resolution, transaction: begin?.transactionId },
        "both sides changed a row",
      );
      if (resolution === "park") throw new TargetRefusedError(to, key, new ConflictError(kind));
      return resolution === "write";
    },
  };
}

// --- internal ---

/** Of each row that a batch touches, how the source knew it before: not at all, whole, or just by its key. */
type Firsts = { added: LoggedRow[]; known: LoggedRow[]; named: LoggedRow[] };

function findFirsts(batch: Batch, table: FollowedTable): Firsts {
  const seen = new Set<string>();
  const firsts: Firsts = { added: [], known: [], named: [] };
  for (const message of batch.messages) {
    if (batch.relations.get(message.relationId)?.includes(table) !== true) continue;
    const { bytes, old, oldIs } = message;
    const before = { bytes, at: old < 0 ? message.new : old };
    const key = rowKey(bytes, before.at, table.keyPlaces);
    if (!seen.has(key)) {
      if (message.op === "insert") firsts.added.push(before);
      else if (oldIs === "full") firsts.known.push(before);
      else firsts.named.push(before);
    }
    seen.add(key);
    if (message.new >= 0) seen.add(rowKey(bytes, message.new, table.keyPlaces));
  }
  return firsts;
}
