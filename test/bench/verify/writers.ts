import type pg from "pg";
import { BUSY_ROWS, connect } from "./stage.ts";

export type Writers = {
  transactions: () => number;
  /** Stops, and answers the last version that was committed of each row that was written. */
  stop: () => Promise<Map<number, number>>;
};

/** Writes to `busy` as fast as the source takes it: updates, and rows that go and come again. Each writer has rows of its own. */
export async function startWriters(source: string, count = 2): Promise<Writers> {
  const versions = new Map<number, number>();
  let stopped = false;
  let transactions = 0;
  const write = async (client: pg.Client, writer: number) => {
    for (let step = 0; !stopped; step += 1) {
      const version = (serial += 1);
      const id = 1 + writer + count * Math.floor(Math.random() * (BUSY_ROWS / count));
      if (id > BUSY_ROWS) continue;
      if (step % 10 === 9) await client.query(REPLACE(id, version));
      else await client.query({ name: "update", text: UPDATE, values: [id, version] });
      versions.set(id, version);
      transactions += 1;
    }
    await client.end();
  };
  const done = Promise.all(Array.from({ length: count }, async (_, writer) => write(await connect(source), writer)));
  return {
    transactions: () => transactions,
    stop: async () => {
      stopped = true;
      await done;
      return versions;
    },
  };
}

// --- internal ---

let serial = 0;

const UPDATE = "UPDATE busy SET amount = amount + 1, changed_at = clock_timestamp(), version = $2 WHERE id = $1";
const REPLACE = (id: number, version: number) => `
  BEGIN; DELETE FROM busy WHERE id = ${id};
  INSERT INTO busy VALUES (${id}, 1, 'anew ${version}', 1, now(), NULL, ${version}); COMMIT`;
