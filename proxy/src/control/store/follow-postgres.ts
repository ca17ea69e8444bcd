import type { Logger } from "@strangler/platform";
import pg from "pg";
import { CHANNEL, SCHEMA } from "./postgres-schema.ts";

export type FollowOptions = {
  url: string;
  pool: pg.Pool;
  pollMs: number;
  log: Logger | undefined;
  lookAgain: () => void;
};

const RECONNECT_MS = { first: 100, most: 5_000 };

/**
 * Two ways to hear of a change. A notification is quick, but is lost while nobody is connected, and behind poolers that share
 * sessions; so the row is looked at again and again as well. Both go on trying while the database is away.
 */
export function followPostgres(options: FollowOptions): () => void {
  const stopPolling = poll(options);
  const stopListening = listen(options);
  return () => {
    stopPolling();
    stopListening();
  };
}

// --- internal ---

function poll({ pool, pollMs, lookAgain }: FollowOptions): () => void {
  let seen: string | undefined;
  let asking = false;
  // The first look tells too: of what happened since the routes were read.
  const look = () => {
    if (asking) return;
    asking = true;
    void fingerprintOf(pool).then((found) => {
      asking = false;
      if (found !== seen) lookAgain();
      seen = found;
    });
  };
  const timer = setInterval(look, pollMs);
  timer.unref();
  look();
  return () => clearInterval(timer);
}

// xmin is another after every update of the row, by whomever: an edit by hand does not count the revision.
async function fingerprintOf(pool: pg.Pool): Promise<string> {
  const sql = `SELECT revision || ' ' || xmin::text AS seen FROM ${SCHEMA}.state`;
  return pool.query<{ seen: string }>(sql).then(
    ({ rows }) => rows[0]?.seen ?? "empty",
    () => "away",
  );
}

function listen({ url, log, lookAgain }: FollowOptions): () => void {
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let pauseMs = RECONNECT_MS.first;
  let stopped = false;

  function connect(): void {
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, keepAlive: true });
    client = next;
    let ended = false;
    const again = (error?: unknown) => {
      if (ended) return;
      ended = true;
      void next.end().catch(() => undefined);
      if (stopped) return;
      log?.debug({ err: error }, "the routes database's notifications are not heard for now");
      retry = setTimeout(connect, pauseMs);
      retry.unref();
      pauseMs = Math.min(pauseMs * 2, RECONNECT_MS.most);
    };
    next.on("notification", () => lookAgain());
    next.on("error", again);
    next.on("end", () => again());
    next
      .connect()
      .then(() => next.query(`LISTEN ${CHANNEL}`))
      .then(() => {
        pauseMs = RECONNECT_MS.first;
        // What was told of while nobody listened.
        lookAgain();
      }, again);
  }

  connect();
  return () => {
    stopped = true;
    clearTimeout(retry);
    void client?.end().catch(() => undefined);
  };
}
