import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import pg from "pg";
import { repairKeys, verifyStream, type RunningStream, type StreamPlan } from "../src/index.ts";
import { openSession } from "../src/postgres/session.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

describe("rows that are read beside the log", () => {
  let pair: Pair;
  let stream: RunningStream;
  const plan: StreamPlan = planOf([
    sameTable("parcels", ["id"], ["id", "version", "label", "note"]),
    sameTable("prices", ["amount"], ["amount", "label"]),
  ]);

  // Writes a row down that would go back to an older version. It fires for whoever writes, also for a replica.
  const guard = `
    CREATE TABLE steps_back (id int, was int, came int);
    CREATE FUNCTION note_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.version < OLD.version THEN INSERT INTO public.steps_back VALUES (NEW.id, OLD.version, NEW.version); END IF;
        RETURN NEW;
      END $$;
    CREATE TRIGGER note_step_back BEFORE UPDATE ON parcels FOR EACH ROW EXECUTE FUNCTION note_step_back();
    ALTER TABLE parcels ENABLE ALWAYS TRIGGER note_step_back;`;

  beforeAll(async () => {
    pair = await startPair();
    const tables = `CREATE TABLE parcels (id int PRIMARY KEY, version int NOT NULL, label text UNIQUE, note text);
                    CREATE TABLE prices (amount numeric PRIMARY KEY, label text)`;
    for (const ask of [pair.onSource, pair.onTarget]) await ask(tables);
    await pair.onTarget(guard);
    await pair.onSource(`INSERT INTO parcels SELECT n, 0, 'p' || n FROM generate_series(1, 2000) n;
                         INSERT INTO prices SELECT n, 'price ' || n FROM generate_series(1, 100) n`);
    stream = await follow(pair, plan, { windowRows: 500 });
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });
  afterEach(async () => {
    expect(await pair.onTarget("SELECT * FROM steps_back")).toEqual([]);
  });

  const askFor = async (table: string, keys: string[][]) => {
    const session = await openSession({ url: pair.addresses.apply, what: "the target", application: "test" });
    try {
      await repairKeys(session, plan.name, { from: `public.${table}`, to: `public.${table}`, keys }, "asked for");
    } finally {
      await session.end();
    }
  };
  const waiting = async () => Number((await pair.onTarget("SELECT count(*) AS n FROM strangler.repair_key"))[0]?.["n"]);
  const settled = () => waitFor("all keys to be settled", async () => (await waiting()) === 0, { limitMs: 20_000 });
  const expectEqual = async () => {
    await catchUp(pair, plan);
    expect(await verifyStream({ plan, addresses: pair.addresses })).toMatchObject({ outcome: "equal" });
  };

  test("mend what somebody else changed, removed or added on the target, and leave alone what is right", async () => {
    await pair.onTarget(`SET session_replication_role = replica;
      UPDATE parcels SET label = 'wrong' WHERE id = 1; DELETE FROM parcels WHERE id = 2; INSERT INTO parcels VALUES (-1, 0, 'extra', NULL)`);
    const [before] = await pair.onTarget("SELECT xmin FROM parcels WHERE id = 3");

    await askFor("parcels", [["1"], ["2"], ["3"], ["-1"]]);
    await settled();

    await expectEqual();
    expect(await pair.onTarget("SELECT xmin FROM parcels WHERE id = 3")).toEqual([before]);
  });

  test("give back unique values that two rows had exchanged", async () => {
    await pair.onTarget(`SET session_replication_role = replica; UPDATE parcels SET label = 'x' WHERE id = 10;
      UPDATE parcels SET label = 'p10' WHERE id = 11; UPDATE parcels SET label = 'p11' WHERE id = 10`);

    await askFor("parcels", [["10"], ["11"]]);
    await settled();

    await expectEqual();
  });

  test("know a key in another spelling, and pass over what is no key at all", async () => {
    await pair.onTarget("SET session_replication_role = replica; UPDATE prices SET label = 'wrong' WHERE amount = 7");

    await askFor("prices", [["7.00"], ["seven"]]);
    await settled();

    await expectEqual();
  });

  test("never overwrite a newer row, however much is written meanwhile", async () => {
    const writers = await Promise.all([0, 1, 2].map(() => connect(pair)));
    let writing = true;
    const load = Promise.all(
      writers.map(async (writer, place) => {
        for (let round = 0; writing; round += 1) {
          const id = 1 + ((round * 7 + place * 600) % 2000);
          await writer.query("UPDATE parcels SET version = version + 1, note = $2 WHERE id = $1", [id, `by ${place}`]);
          await pause(2);
          if (round % 10 === 0) await writer.query("DELETE FROM parcels WHERE id = $1", [3000 + place]);
          if (round % 10 === 5) {
            await writer.query("INSERT INTO parcels VALUES ($1, 0, $2)", [3000 + place, `new ${place}`]);
          }
        }
      }),
    );
    const keys = [...Array.from({ length: 2000 }, (_, index) => [String(index + 1)]), ["3000"], ["3001"], ["3002"]];
    for (let round = 0; round < 3; round += 1) {
      await askFor("parcels", keys);
      await waitFor("most to be settled", async () => (await waiting()) < 100, { limitMs: 20_000 });
    }
    writing = false;
    await load;
    await Promise.all(writers.map((writer) => writer.end()));
    await settled();

    await expectEqual();
  }, 60_000);

  // The commit stands in the log, and the stream has applied it; but its transaction waits for a standby that never answers, so
  // that every snapshot still shows the row as it was before. A window that wrote what it reads would take the row back.
  test("are not taken for new while a commit that the log has told is not visible at the source", async () => {
    await setStandby(pair, "nobody");
    const writer = await connect(pair);
    const held = writer.query("UPDATE parcels SET version = version + 1000 WHERE id = 5");
    const version = async (ask: Pair["onSource"]) =>
      (await ask("SELECT version FROM parcels WHERE id = 5"))[0]?.["version"];
    const before = await version(pair.onSource);
    await waitFor("the stream to tell it", async () => (await version(pair.onTarget)) !== before);
    expect(await version(pair.onSource)).toBe(before);

    await askFor("parcels", [["5"], ["6"]]);
    const repeated = () => stream.status().windows?.repeated ?? 0;
    const repeatedBefore = repeated();
    await waitFor("several windows", () => repeated() > repeatedBefore + 3, { limitMs: 20_000 });

    expect(await waiting()).toBe(2);
    expect(await version(pair.onTarget)).not.toBe(before);

    await setStandby(pair, "");
    await held;
    await writer.end();
    await settled();
    await expectEqual();
  }, 60_000);

  test("wait for transactions that ran before the stream began to take notes", async () => {
    const writer = await connect(pair);
    await writer.query("BEGIN");
    await writer.query("UPDATE parcels SET version = version + 1 WHERE id = 20");
    await stream.close();
    stream = await follow(pair, plan);
    await askFor("parcels", [["20"], ["21"]]);
    const later = stream.status().commits;
    await pair.onSource("UPDATE parcels SET version = version + 1 WHERE id = 22");
    await waitFor("the stream to follow", () => stream.status().commits > later);
    expect(await waiting()).toBe(2);

    await writer.query("COMMIT");
    await writer.end();

    await settled();
    await expectEqual();
  });
});

async function connect({ addresses }: Pair): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: addresses.source });
  await client.connect();
  return client;
}

async function setStandby(pair: Pair, name: string): Promise<void> {
  await pair.onSource(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await pair.onSource("SELECT pg_reload_conf()");
  await waitFor("the setting", async () => {
    const [row] = await pair.onSource("SELECT current_setting('synchronous_standby_names') AS names");
    return row?.["names"] === name;
  });
}
