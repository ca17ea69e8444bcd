import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import pg from "pg";
import { serveStream, type ServedStream } from "../src/index.ts";
import { parseLsn } from "../src/postgres/lsn.ts";
import { planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

const TOKEN = "a-token-for-readers-of-positions";

describe("a stream tells its positions", () => {
  let pair: Pair;
  let stream: ServedStream;
  const table = "CREATE TABLE parcels (id int PRIMARY KEY, label text)";

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(`${table}; CREATE TABLE elsewhere (id int)`);
    await pair.onTarget(table);
    const plan = planOf([sameTable("parcels", ["id"], ["id", "label"])]);
    stream = await serveStream({ plan, addresses: pair.addresses, logLevel: "silent", metricsPort: 0, token: TOKEN });
    await waitFor("the stream to follow", () => stream.status().state === "following", { limitMs: 20_000 });
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  test("to whoever has the token", async () => {
    for (const path of ["/positions", "/source-position"]) {
      const answer = await fetch(stream.url + path, { headers: { authorization: "Bearer another" } });

      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain(TOKEN);
    }
  });

  test("every 50 ms, also when nothing moves", async () => {
    await withFeed(stream, async (feed) => {
      const from = feed.events;
      const startedAt = performance.now();
      await waitFor("ten events", () => feed.events >= from + 10);

      expect((performance.now() - startedAt) / 10).toBeLessThan(100);
    });
  });

  test("a write to another table does not hold it back: nothing waits for the target", async () => {
    await withFeed(stream, async (feed) => {
      await pair.onSource("INSERT INTO elsewhere VALUES (1)");
      const position = await sourcePosition(stream);

      // Sooner than an idle stream stores its position.
      await waitFor("the feed to pass it", () => feed.applied() >= position, { limitMs: 3_000 });
    });
  });

  test("does not pass a write that the target has not committed, and passes it as soon as it has", async () => {
    const holder = new pg.Client({ connectionString: pair.addresses.target });
    await holder.connect();
    try {
      await withFeed(stream, async (feed) => {
        await holder.query("BEGIN; LOCK TABLE parcels IN ACCESS EXCLUSIVE MODE");
        await pair.onSource("INSERT INTO parcels VALUES (1, 'hers')");
        const position = await sourcePosition(stream);
        await waitFor("the change to arrive", () => stream.status().received > stream.status().applied);
        const from = feed.events;
        await waitFor("more events", () => feed.events >= from + 5);
        expect(feed.applied()).toBeLessThan(position);

        await holder.query("COMMIT");
        await waitFor("the feed to pass it", () => feed.applied() >= position, { limitMs: 3_000 });
        expect(await pair.onTarget("SELECT label FROM parcels")).toEqual([{ label: "hers" }]);
      });
    } finally {
      await holder.end();
    }
  });
});

// --- internal ---

async function sourcePosition({ url }: ServedStream): Promise<bigint> {
  const answer = await fetch(`${url}/source-position`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const { stream, position } = (await answer.json()) as { stream: string; position: string };
  expect(stream).toBe("parcels");
  return parseLsn(position);
}

type Feed = { events: number; applied: () => bigint };

async function withFeed({ url }: ServedStream, use: (feed: Feed) => Promise<void>): Promise<void> {
  const question = get(`${url}/positions`, { headers: { authorization: `Bearer ${TOKEN}` } });
  question.on("error", () => undefined);
  let last = 0n;
  const feed = { events: 0, applied: () => last };
  question.once("response", (answer) => {
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    answer.setEncoding("utf8").on("data", (chunk: string) => {
      for (const [, applied = ""] of chunk.matchAll(/"applied":"([^"]+)"/g)) {
        feed.events += 1;
        last = parseLsn(applied);
      }
    });
  });
  try {
    await waitFor("the first event", () => feed.events > 0);
    await use(feed);
  } finally {
    question.destroy();
  }
}
