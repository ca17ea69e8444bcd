// One attempt at publishing a stream: from the slot to topics, until it is stopped or something fails. Whatever fails, the slot says where
// the log goes on, and the topics say what of it they have already; nothing else is remembered.
//
// That the rows which were there at the beginning have been written is remembered by the slot's name: the slot is made under another
// one, and gets its own when they are all written.

import { readFileSync } from "node:fs";
import { openLog } from "../../capture/open-log.ts";
import { findPublication, keepPublication, sameTables } from "../../capture/publication.ts";
import { createSlot, dropSlot, findSlot, type SlotFacts } from "../../capture/slot.ts";
import { SlotLostError } from "../../errors.ts";
import { slotName, sourceTables, type ThroughPlan } from "../../plan/stream-plan.ts";
import { toUnixMs } from "../../postgres/clock.ts";
import { formatLsn } from "../../postgres/lsn.ts";
import { formatTable } from "../../postgres/quote.ts";
import { closeSession, withSession, type Session } from "../../postgres/session.ts";
import type { FollowView } from "../../run/follow.ts";
import type { RunOptions } from "../../run/run-session.ts";
import { streamSessions, type StreamSessions } from "../../run/sessions.ts";
import { lockStream } from "../../run/stream-lock.ts";
import { watchSource, type SourceWatch } from "../../run/watch-source.ts";
import type { KafkaPort, RecordProducer } from "../port.ts";
import { TopicsGoneError } from "./errors.ts";
import type { PublishRecord } from "./event-writer.ts";
import { heartbeatRecord } from "./heartbeat.ts";
import { openLogTap, type LogTap } from "./log-tap.ts";
import { createOutboxReader } from "./outbox.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { readSourceCatalog, type SourceCatalog } from "./source-catalog.ts";
import { createTableEncoder } from "./table-encoder.ts";
import { createTopicSet, plannedTopics, type TopicSet } from "./topic-set.ts";

export type PublishOptions = RunOptions & { kafka: KafkaPort; through: ThroughPlan };

/** Runs until stopped. Throws what ended it. */
export async function publishSession(options: PublishOptions): Promise<void> {
  const { plan, addresses, limits, signal } = options;
  const sessions = streamSessions(plan, addresses);
  const lock = await sessions.source();
  const lockLost = new Promise<never>((_, reject) => {
    lock.once("error", reject);
    lock.once("end", () => reject(new Error("Connection terminated: the publisher's lock was lost")));
  });
  lockLost.catch(() => undefined);
  try {
    await lockStream(lock, `${plan.name} (publisher)`, limits.lockPatienceMs, signal);
    const producer = await options.kafka.openProducer();
    try {
      await publish(options, sessions, lock, producer, lockLost);
    } finally {
      await producer.close();
    }
  } finally {
    await closeSession(lock);
  }
}

/** The slot of a publisher that is still writing the rows which were there at the beginning. */
export function firstSlotName(stream: string): string {
  return `${slotName(stream)}_first`;
}

// --- internal ---

type Publishing = {
  options: PublishOptions;
  sessions: StreamSessions;
  catalog: SourceCatalog;
  topics: TopicSet;
  producer: RecordProducer;
  database: string;
  serverVersion: number;
};

async function publish(
  options: PublishOptions,
  sessions: StreamSessions,
  source: Session,
  producer: RecordProducer,
  lockLost: Promise<never>,
): Promise<void> {
  const { plan, kafka, through, addresses } = options;
  const tables = sourceTables(plan);
  const names = { ...through, tables, outbox: through.outbox };
  const planned = plannedTopics(names);
  const found = await findSlot(source, slotName(plan.name));
  if (found !== undefined) await assertTopicsThere(options, planned);
  await keepPublished(options, source, addresses.source);
  const topics = createTopicSet(kafka, names);
  await topics.open(planned);
  const publishing: Publishing = {
    options,
    sessions,
    topics,
    producer,
    catalog: await readSourceCatalog(source, tables),
    ...(await readServer(source)),
  };
  const slot = found ?? (await publishSnapshot(publishing, source));
  assertUsable(plan.name, slot);
  await Promise.race([followLog(publishing, slot), lockLost]);
}

async function assertTopicsThere({ plan, kafka }: PublishOptions, planned: readonly string[]): Promise<void> {
  const found = new Set((await kafka.findTopics(planned)).map(({ topic }) => topic));
  const gone = planned.filter((topic) => !found.has(topic));
  if (gone.length > 0) throw new TopicsGoneError(plan.name, gone);
}

async function keepPublished({ plan }: PublishOptions, source: Session, ownerUrl: string): Promise<void> {
  const publication = slotName(plan.name);
  const tables = sourceTables(plan);
  const found = await findPublication(source, publication);
  if (found !== undefined && sameTables(found, tables)) return;
  const owner = { url: ownerUrl, what: `The source "${plan.source}"`, application: `strangler publish ${plan.name}` };
  await withSession(owner, (session) => keepPublication(session, publication, tables));
}

async function readServer(source: Session): Promise<{ database: string; serverVersion: number }> {
  const { rows } = await source.query<{ database: string; version: string }>(
    "SELECT pg_catalog.current_database() AS database, pg_catalog.current_setting('server_version_num') AS version",
  );
  return { database: rows[0]?.database ?? "", serverVersion: Number(rows[0]?.version ?? 0) };
}

function assertUsable(stream: string, { walStatus }: SlotFacts): void {
  if (walStatus === "lost") throw new SlotLostError(stream, "the source has removed log that the slot still needed");
}

async function publishSnapshot(publishing: Publishing, source: Session): Promise<SlotFacts> {
  const { options, sessions, catalog, serverVersion } = publishing;
  const { plan, log, onState, onCopied, signal, through } = options;
  onState("copying", {});
  const passing = firstSlotName(plan.name);
  await dropSlot(source, passing);
  const replication = await sessions.replication();
  const reader = await sessions.source();
  try {
    const { position, snapshot } = await createSlot(replication, passing, { serverVersion });
    log.info({ position: formatLsn(position), tables: catalog.tables.length }, "publishing the rows that are there");
    const encode = encoderOf(publishing);
    await readSnapshot({
      ...publishing,
      session: reader,
      snapshot,
      position,
      tables: catalog.tables
        .filter((table) => formatTable(table) !== through.outbox)
        .map((table) => ({ table, encoder: encode(table.relation) })),
      prefix: through.prefix,
      schemas: through.schemas,
      version: VERSION,
      send: (records) => send(publishing, records),
      onTable: (read) => {
        log.info(read, "table published");
        onCopied(read);
      },
      signal,
    });
    await source.query("SELECT pg_catalog.pg_copy_logical_replication_slot($1, $2)", [passing, slotName(plan.name)]);
    await dropSlot(source, passing);
  } finally {
    await Promise.all([closeSession(reader), closeSession(replication)]);
  }
  const slot = await findSlot(source, slotName(plan.name));
  if (slot === undefined) throw new SlotLostError(plan.name, "the slot is gone that was just made");
  return slot;
}

function encoderOf({ options, catalog }: Pick<Publishing, "options" | "catalog">) {
  const { prefix, schemas } = options.through;
  return (relation: Parameters<typeof createTableEncoder>[0]) =>
    createTableEncoder(relation, catalog, { prefix, schemas });
}

async function send({ topics, producer }: Publishing, records: readonly PublishRecord[]): Promise<void> {
  const unknown = [...new Set(records.map(({ topic }) => topic))].filter((topic) => !topics.isOpen(topic));
  if (unknown.length > 0) await topics.open(unknown);
  const placed = records.map(topics.place).filter((record) => record !== undefined);
  if (placed.length > 0) await producer.send(placed);
}

async function followLog(publishing: Publishing, slot: SlotFacts): Promise<void> {
  const { options, sessions } = publishing;
  const { plan, signal } = options;
  const tap = await openTap(publishing, slot);
  const watch = await watchSource(plan, sessions.source, tap.fail);
  signal.addEventListener("abort", tap.wake);
  options.onState("following", { follow: viewOf(tap, watch) });
  try {
    await shipUntilStopped(publishing, tap);
  } finally {
    signal.removeEventListener("abort", tap.wake);
    await Promise.all([watch.close(), tap.close()]);
  }
}

async function openTap(publishing: Publishing, slot: SlotFacts): Promise<LogTap> {
  const { options, sessions, database, serverVersion } = publishing;
  const { plan, limits, through } = options;
  const encode = encoderOf(publishing);
  const wanted = new Set(sourceTables(plan).map(formatTable));
  const replication = await sessions.replication();
  return openLogTap({
    open: openLog({
      session: replication,
      slot: slotName(plan.name),
      publication: slotName(plan.name),
      serverVersion,
      known: slot,
    }),
    from: slot.confirmed,
    waitingBytes: limits.waitingBytes,
    writer: {
      prefix: through.prefix,
      schemas: through.schemas,
      database,
      version: VERSION,
      encoderOf: (relation) => (wanted.has(formatTable(relation)) ? encode(relation) : undefined),
      outboxOf: (relation) => (formatTable(relation) === through.outbox ? createOutboxReader(relation) : undefined),
      now: () => performance.timeOrigin + performance.now(),
    },
  }).catch(async (error: unknown) => {
    await closeSession(replication);
    throw error;
  });
}

function viewOf(tap: LogTap, watch: SourceWatch): FollowView {
  return {
    positions: () => {
      const heard = tap.positions();
      const { logEnd } = watch.view();
      return { ...heard, logEnd: logEnd > heard.logEnd ? logEnd : heard.logEnd };
    },
    lagMs: () => {
      const oldest = tap.outgoing.oldestCommitTime();
      return oldest === undefined
        ? 0
        : Math.max(0, Math.round(Date.now() - tap.positions().clockSkewMs - toUnixMs(oldest)));
    },
    waiting: () => ({ transactions: tap.outgoing.transactions(), rows: new Map() }),
    slot: () => watch.view().slot,
    applied: tap.written,
    sourcePosition: watch.position,
  };
}

async function shipUntilStopped(publishing: Publishing, tap: LogTap): Promise<void> {
  const { signal, counts, through } = publishing.options;
  const beat = createHeart(publishing, tap);
  while (!signal.aborted) {
    const shipment = tap.outgoing.take();
    if (shipment === undefined) {
      tap.throwFailure();
      await beat();
      await tap.news(through.heartbeatMs);
      continue;
    }
    await send(publishing, shipment.records);
    counts.changes = tap.changes();
    counts.commits += 1;
    counts.transactions += shipment.transactions;
    if (shipment.upTo !== undefined) tap.confirm(shipment.upTo);
    tap.relieve();
    await beat();
  }
}

// Says how far the topics are, and lets the source forget what other tables have written meanwhile.
function createHeart({ options, producer }: Publishing, tap: LogTap): () => Promise<void> {
  const { through, limits } = options;
  let beatAt = -Infinity;
  let advancedAt = performance.now();
  return async () => {
    const now = performance.now();
    if (now - beatAt < through.heartbeatMs) return;
    beatAt = now;
    const position = tap.written();
    await producer.send([heartbeatRecord(through.prefix, through.schemas, position, Date.now())]);
    const behind = position - tap.confirmed();
    if (behind >= limits.idleAdvanceBytes || (behind > 0n && now - advancedAt > limits.idleAdvanceMs)) {
      tap.confirm(position);
      advancedAt = now;
    }
  };
}

const VERSION = `strangler-${(JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string }).version}`;
