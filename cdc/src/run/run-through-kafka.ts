// One attempt at applying a stream that comes through a Kafka: what run-session.ts does for one that comes from a slot. There is
// nothing to copy: the topics begin with the rows that were there.

import { createApplier } from "../apply/applier.ts";
import { findPosition, storeCopyEnd, storeCopyStart, type StoredPosition } from "../apply/position-store.ts";
import { assertStream, type CheckedStream } from "../check/check-stream.ts";
import { openControl } from "../control/control.ts";
import { findFilled } from "../copy/target-tables.ts";
import { SlotLostError, TargetNotEmptyError } from "../errors.ts";
import { assertForeignStream, foreignTables } from "../kafka/consume/foreign-source.ts";
import type { KafkaTable } from "../kafka/consume/kafka-table.ts";
import { openTopics } from "../kafka/consume/open-topics.ts";
import { publishedTables } from "../kafka/consume/published-tables.ts";
import type { KafkaPort } from "../kafka/port.ts";
import { serveRequest } from "../parked/parked-commands.ts";
import { createParking } from "../parked/parking.ts";
import type { StreamPlan, ThroughPlan } from "../plan/stream-plan.ts";
import { formatTable } from "../postgres/quote.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import { prepareStore } from "../prepare.ts";
import { abandonAfter } from "./abandon.ts";
import { follow } from "./follow.ts";
import type { RunOptions, RunView } from "./run-session.ts";
import { streamSessions, type StreamSessions } from "./sessions.ts";
import { lockStream } from "./stream-lock.ts";
import { watchOwnSource, watchNothing } from "./watch-topics.ts";

export type KafkaRunOptions = RunOptions & { kafka: KafkaPort; through: ThroughPlan };

/** Runs until stopped. Throws what ended it. */
export async function runThroughKafka(options: KafkaRunOptions): Promise<void> {
  const { plan, addresses, limits, signal } = options;
  const sessions = streamSessions(plan, addresses);
  const target = await sessions.applier();
  const abandon = abandonAfter(target, limits.closePatienceMs);
  signal.addEventListener("abort", abandon.begin);
  try {
    await lockStream(target, plan.name, limits.lockPatienceMs, signal);
    const checked = await check(options, sessions);
    await prepareStore(plan, addresses);
    const stored = await beginStream(options, target);
    await applyTopics(options, sessions, target, checked, stored);
  } finally {
    signal.removeEventListener("abort", abandon.begin);
    abandon.end();
    await closeSession(target);
  }
}

// --- internal ---

type Checked = { tables: CheckedStream["tables"]; topics: readonly KafkaTable[] };

async function check({ plan, through }: KafkaRunOptions, sessions: StreamSessions): Promise<Checked> {
  const target = await sessions.target();
  try {
    if (through.writer === "debezium") {
      return {
        tables: await assertForeignStream(plan, target),
        topics: await foreignTables(plan, target, through.prefix),
      };
    }
    const source = await sessions.source();
    try {
      const { tables } = await assertStream(plan, source, target);
      return { tables, topics: publishedTables(plan, tables, through.prefix) };
    } finally {
      await closeSession(source);
    }
  } finally {
    await closeSession(target);
  }
}

// From the first row on the tables are the stream's own.
async function beginStream({ plan, through }: KafkaRunOptions, target: Session): Promise<StoredPosition> {
  const source = { sourceSystem: `kafka ${through.kafka}`, sourceDatabase: through.prefix };
  const found = await findPosition(target, plan.name);
  if (found?.state === "following") {
    if (found.sourceSystem === source.sourceSystem && found.sourceDatabase === source.sourceDatabase) return found;
    throw new SlotLostError(plan.name, `it was begun from "${found.sourceSystem}", not from these topics`);
  }
  const tables = plan.tables.map(({ to }) => to);
  await refuseFilled(plan, target, found?.tables ?? []);
  await target.query("BEGIN");
  await storeCopyStart(target, {
    stream: plan.name,
    ...source,
    tables: [...new Set(tables)].map(splitName),
  });
  await storeCopyEnd(target, plan.name, 0n);
  await target.query("COMMIT");
  const stored = await findPosition(target, plan.name);
  if (stored === undefined) throw new SlotLostError(plan.name, "its position is gone from the target");
  return stored;
}

async function refuseFilled(plan: StreamPlan, target: Session, own: readonly string[]): Promise<void> {
  const tables = [...new Set(plan.tables.map(({ to }) => to))].filter((table) => !own.includes(table));
  const filled = await findFilled(target, tables.map(splitName));
  if (filled.length > 0) throw new TargetNotEmptyError(plan.name, filled.map(formatTable));
}

function splitName(qualified: string) {
  const [schema = "", name = ""] = qualified.split(".");
  return { schema, name };
}

async function applyTopics(
  options: KafkaRunOptions,
  sessions: StreamSessions,
  target: Session,
  { tables, topics }: Checked,
  stored: StoredPosition,
): Promise<void> {
  const { plan, limits, log, kafka, through } = options;
  const parking = createParking({ session: target, stream: plan.name, tables, limits });
  await parking.reload();
  const control = await openControl({
    session: target,
    stream: plan.name,
    serve: async (request) => {
      const answer = await serveRequest({ session: target, stream: plan.name, tables, log }, request);
      await parking.reload();
      return answer;
    },
    log,
  });
  const seen: RunView = { control, parking };
  const applier = createApplier({
    session: target,
    notes: {},
    parking,
    stream: plan.name,
    position: stored.applied,
    counts: options.counts,
    log,
  });
  await follow({
    ...options,
    tables,
    open: openTopics({
      stream: plan.name,
      kafka,
      prefix: through.prefix,
      order: through.order,
      tables: topics,
      waitingBytes: limits.waitingBytes,
    }),
    from: stored,
    openSource: sessions.source,
    watch: through.writer === "strangler" ? () => watchOwnSource(sessions.source) : watchNothing(plan.name),
    applier,
    notes: {},
    control,
    onFollowing: (view) => {
      Object.assign(seen, { applier, follow: view });
      options.onState("following", seen);
    },
  });
}
