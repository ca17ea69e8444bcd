// What must be found, what must not be, and what must be mended.

import { repairStream, verifyStream, type Outcome } from "@strangler/cdc";
import { createLogger } from "@strangler/platform";
import { BUSY_ROWS, type Stage } from "./stage.ts";
import { startWriters } from "./writers.ts";

export type FlippedBit = { id: number; named: boolean; ms: number };

/** Flips one bit of one value of one row of the quiet table, and looks whether just this is named. */
export async function findFlippedBit({ plan, addresses, target }: Stage, rows: number): Promise<FlippedBit> {
  const id = 1 + Math.floor(Math.random() * rows);
  // The lowest bit of the last digit.
  const flip = `UPDATE things SET label = left(label, -1) || chr(ascii(right(label, 1)) # 1) WHERE id = ${id}`;
  await target.query(flip);
  const startedAt = performance.now();
  const { tables } = await verifyStream({ plan, addresses, table: "things" });
  const ms = Math.round(performance.now() - startedAt);
  await target.query(flip);
  const [table] = tables;
  const [found, ...more] = table?.examples ?? [];
  const named =
    found?.kind === "changed" &&
    found.key["id"] === String(id) &&
    found.columns.join() === "label" &&
    more.length === 0;
  return { id, named, ms };
}

export type UnderLoad = { runs: number; outcomes: Record<Outcome, number>; transactionsPerSecond: number; ms: number };

/** Verifies again and again while the source is written to as fast as it can be; nothing really differs. */
export async function countFalseAlarms(
  stage: Stage,
  runs: number,
  progress: (line: string) => void,
): Promise<UnderLoad> {
  const { plan, addresses } = stage;
  const outcomes: Record<Outcome, number> = { equal: 0, different: 0, "could not compare": 0 };
  const writers = await startWriters(addresses.source);
  const startedAt = performance.now();
  for (let run = 1; run <= runs; run += 1) {
    const { outcome } = await verifyStream({ plan, addresses, table: "busy" });
    outcomes[outcome] += 1;
    if (run % 20 === 0) progress(`${run} of ${runs} verifications under load: ${JSON.stringify(outcomes)}`);
  }
  const ms = performance.now() - startedAt;
  const transactionsPerSecond = Math.round(writers.transactions() / (ms / 1000));
  await writers.stop();
  await stage.catchUp();
  return { runs, outcomes, transactionsPerSecond, ms: Math.round(ms) };
}

export type Mended = {
  divergences: number;
  /** Rows that the repairs found and read anew; the others the stream itself had written over before. */
  repaired: number;
  rounds: number;
  /** Equal at the end, by a verification and by a comparison of all rows. */
  equal: boolean;
  /** Rows of which the target has not the version that was committed last. */
  lost: number;
  ms: number;
};

/** Ruins rows of the busy table at random, a batch at a time, and repairs them, under full load. */
export async function mendDivergences(
  stage: Stage,
  divergences: number,
  progress: (line: string) => void,
): Promise<Mended> {
  const { plan, addresses, target } = stage;
  const log = createLogger({ name: "bench", level: "silent" });
  const writers = await startWriters(addresses.source);
  const startedAt = performance.now();
  const rounds = Math.max(1, Math.round(divergences / 1_000));
  let repaired = 0;
  for (let round = 0; round < rounds; round += 1) {
    await ruin(target, Math.round(divergences / rounds), round);
    const report = await repairStream({ plan, addresses, table: "busy", log });
    repaired += report.tables.reduce((sum, table) => sum + table.repaired, 0);
    progress(`round ${round + 1} of ${rounds}: ${repaired} rows repaired, ${writers.transactions()} transactions`);
  }
  const versions = await writers.stop();
  await stage.catchUp();
  // What was still being written when the last repair looked at it.
  const last = await repairStream({ plan, addresses, table: "busy", log });
  repaired += last.tables.reduce((sum, table) => sum + table.repaired, 0);
  const ms = Math.round(performance.now() - startedAt);
  const { outcome } = await verifyStream({ plan, addresses, table: "busy" });
  const equal = outcome === "equal" && (await allRows(stage.source)) === (await allRows(target));
  return { divergences, repaired, rounds, equal, lost: await countLost(target, versions), ms };
}

// --- internal ---

// A third each: missing, extra, changed.
async function ruin(target: Stage["target"], count: number, round: number): Promise<void> {
  const third = Math.ceil(count / 3);
  const random = `SELECT 1 + floor(random() * ${BUSY_ROWS})::int AS id FROM generate_series(1, ${third})`;
  await target.query(`DELETE FROM busy WHERE id IN (${random})`);
  await target.query(`UPDATE busy SET label = 'ruined', version = version - 1 WHERE id IN (${random})`);
  const first = BUSY_ROWS + 1 + round * third;
  await target.query(
    `INSERT INTO busy SELECT n, 0, 'extra', 0, now(), NULL, 0 FROM generate_series(${first}, ${first + third - 1}) AS n`,
  );
}

async function allRows(client: Stage["source"]): Promise<string> {
  const { rows } = await client.query<{ sum: string }>(
    "SELECT count(*) || ' ' || md5(string_agg(t::text, E'\\n' ORDER BY id)) AS sum FROM busy AS t",
  );
  return rows[0]?.sum ?? "";
}

async function countLost(target: Stage["target"], versions: ReadonlyMap<number, number>): Promise<number> {
  const { rows } = await target.query<{ id: number; version: string }>("SELECT id, version FROM busy");
  const there = new Map(rows.map(({ id, version }) => [id, Number(version)]));
  return [...versions].filter(([id, version]) => there.get(id) !== version).length;
}
