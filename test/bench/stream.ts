// One backlog of changes, generated while nobody reads it, applied twice: by PostgreSQL's own subscription, and by a stream of
// ours in a process of its own; each alone, in turns, the order changing from round to round. Both write to databases of one
// server with the same settings. Before anything counts, the rows of both are proved equal to the source's.
//
// Times are the servers' own: a backlog begins when its sender's session begins at the source, and ends when the target is about
// to commit a mark that is the backlog's last change. A latency is the time between the moments at which source and target are
// about to commit one row. On the target a deferred trigger notes the moment. (The commit time that PostgreSQL itself keeps would
// not do: its own apply worker writes the source's commit time there.)
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startOwnCluster, startProcess, waitFor, type OwnCluster, type TestProcess } from "@strangler/test-kit";
import pg from "pg";
import { stringify } from "yaml";
import type { BenchOptions, BenchResult } from "./result.ts";

export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const settings = { shared_buffers: "256MB", max_wal_size: "4GB" };
  const [source, target] = await Promise.all([startOwnCluster({ settings }), startOwnCluster({ settings })]);
  const folder = await mkdtemp(path.join(tmpdir(), "bench-stream-"));
  try {
    const stage = await setUp(source, target, folder);
    const backlogs = await measureBacklogs(stage, progress);
    const rate = Math.round(median(backlogs.filter(isSingle).map(({ native }) => native.perSecond)) / 2);
    const latencies = await measureLatencies(stage, rate, progress);
    await stage.close();
    return describe(backlogs, latencies, rate);
  } finally {
    await Promise.all([source.remove(), target.remove(), rm(folder, { recursive: true })]);
  }
}

// --- internal ---

type Side = "native" | "ours";
const SIDES: readonly Side[] = ["native", "ours"];

const ROUNDS = 3;
const ROWS = 100_000;
const SINGLE_CHANGES = 60_000;
const LARGE_CHANGES = 200_000;
const LATENCY_SECONDS = 8;
const PROBES_PER_SECOND = 250;

type Stage = {
  source: pg.Client;
  /** By side: a session of that side's database on the target. */
  targets: Record<Side, pg.Client>;
  start: (side: Side) => Promise<void>;
  stop: (side: Side) => Promise<void>;
  /** CPU seconds so far of all processes that move this side's rows. */
  cpuSeconds: (side: Side) => Promise<number>;
  close: () => Promise<void>;
};

const TABLES = `
  CREATE TABLE things (id int PRIMARY KEY, kind int NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
                       changed_at timestamptz NOT NULL, note text);
  CREATE TABLE marks (id bigint PRIMARY KEY);
  CREATE TABLE beats (id bigint PRIMARY KEY, label text NOT NULL);
  CREATE TABLE probes (id bigint PRIMARY KEY, sent_at timestamptz NOT NULL);`;

const ARRIVALS = `
  CREATE TABLE arrivals (what text, id bigint, at timestamptz, PRIMARY KEY (what, id));
  CREATE FUNCTION note_arrival() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.arrivals VALUES (TG_TABLE_NAME, NEW.id, clock_timestamp()); RETURN NULL; END $$;
  ${["marks", "probes"]
    .map(
      (table) => `
  CREATE CONSTRAINT TRIGGER note_arrival AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION note_arrival();
  ALTER TABLE ${table} ENABLE ALWAYS TRIGGER note_arrival;`,
    )
    .join("")}`;

const WORKLOADS = `
  CREATE PROCEDURE single_changes(changes int) LANGUAGE plpgsql AS $$
  DECLARE r int;
  BEGIN
    FOR n IN 1..changes LOOP
      r := n % 10;
      IF r < 6 THEN
        UPDATE things SET amount = amount + 1, changed_at = clock_timestamp() WHERE id = 1 + (n::bigint * 7919) % ${ROWS};
      ELSIF r < 9 THEN
        INSERT INTO things VALUES (${ROWS} + n, n % 17, 'thing ' || n, n / 100.0, clock_timestamp(), NULL)
        ON CONFLICT (id) DO UPDATE SET amount = excluded.amount;
      ELSE
        DELETE FROM things WHERE id = ${ROWS} + n - 1;
      END IF;
      COMMIT;
    END LOOP;
  END $$;
  CREATE PROCEDURE large_changes(changes int) LANGUAGE plpgsql AS $$
  DECLARE n int := 0;
  BEGIN
    WHILE n < changes LOOP
      UPDATE things SET amount = amount + 1, changed_at = clock_timestamp(), note = 'round ' || n
      WHERE id BETWEEN 1 + n % ${ROWS} AND 1000 + n % ${ROWS};
      COMMIT;
      n := n + 1000;
    END LOOP;
  END $$;
  CREATE PROCEDURE steady_beats(first bigint, per_second int, seconds int) LANGUAGE plpgsql AS $$
  DECLARE
    began timestamptz := clock_timestamp();
    done bigint := 0;
    due bigint;
  BEGIN
    WHILE done < per_second * seconds LOOP
      due := least(per_second * seconds, extract(epoch FROM clock_timestamp() - began) * per_second);
      WHILE done < due LOOP
        IF done % greatest(1, per_second / ${PROBES_PER_SECOND}) = 0 THEN
          INSERT INTO probes VALUES (first + done, clock_timestamp());
        ELSE
          INSERT INTO beats VALUES (first + done, 'beat ' || done);
        END IF;
        COMMIT;
        done := done + 1;
      END LOOP;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END $$;`;

async function setUp(source: OwnCluster, target: OwnCluster, folder: string): Promise<Stage> {
  const reader = await connect(source.url("postgres"));
  await reader.query(`${TABLES} ${WORKLOADS} SET synchronous_commit = off`);
  await reader.query(
    `INSERT INTO things SELECT n, n % 17, 'thing ' || n, n / 100.0, now(), repeat('x', n % 50) FROM generate_series(1, ${ROWS}) n`,
  );
  await reader.query("ANALYZE");
  const admin = await connect(target.url("postgres"));
  for (const side of SIDES) await admin.query(`CREATE DATABASE ${side}`);
  await admin.end();
  const targets = { native: await connect(target.url("native")), ours: await connect(target.url("ours")) };
  for (const side of SIDES) await targets[side].query(`${TABLES} ${ARRIVALS}`);
  const ours = await oursOn(source.url("postgres"), target.url("ours"), folder);
  const native = nativeOn(source, reader, targets.native);
  const runners = { native, ours };
  await native.create();
  await ours.start();
  await waitFor(
    "both copies",
    async () => (await Promise.all(SIDES.map((side) => countOf(targets[side])))).every((n) => n === ROWS),
    {
      limitMs: 60_000,
    },
  );
  for (const side of SIDES) {
    await runners[side].stop();
    await targets[side].query("ANALYZE");
  }
  return {
    source: reader,
    targets,
    start: (side) => runners[side].start(),
    stop: (side) => runners[side].stop(),
    cpuSeconds: async (side) => {
      const pids = [...(await pidsOf(reader)), ...(await pidsOf(targets[side])), ...runners[side].pids()];
      return cpuSecondsOf(pids);
    },
    close: async () => {
      await targets.native.query("ALTER SUBSCRIPTION native SET (slot_name = NONE)");
      await Promise.all([reader.end(), targets.native.end(), targets.ours.end()]);
    },
  };
}

function nativeOn(source: OwnCluster, reader: pg.Client, target: pg.Client) {
  const url = new URL(source.url("postgres"));
  const address = `host=127.0.0.1 port=${url.port} user=${url.username} password=${decodeURIComponent(url.password)} dbname=postgres`;
  const slotIs = (active: boolean) => async () => {
    const { rows } = await reader.query(
      "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'native' AND active = $1",
      [active],
    );
    return rows.length === 1;
  };
  return {
    pids: () => [],
    create: async () => {
      await reader.query("CREATE PUBLICATION native FOR TABLE things, marks, beats, probes");
      await target.query(`CREATE SUBSCRIPTION native CONNECTION '${address}' PUBLICATION native`);
      await waitFor(
        "the subscription's tables",
        async () => {
          const { rows } = await target.query("SELECT 1 FROM pg_subscription_rel WHERE srsubstate <> 'r'");
          return rows.length === 0;
        },
        { limitMs: 60_000 },
      );
    },
    start: async () => {
      await target.query("ALTER SUBSCRIPTION native ENABLE");
    },
    stop: async () => {
      await target.query("ALTER SUBSCRIPTION native DISABLE");
      await waitFor("the subscription to rest", slotIs(false));
    },
  };
}

async function oursOn(sourceUrl: string, targetUrl: string, folder: string) {
  const file = path.join(folder, "streams.yaml");
  const same = (table: string, columns: string[]) => ({
    from: `public.${table}`,
    to: `public.${table}`,
    key: ["id"],
    columns: Object.fromEntries(columns.map((column) => [column, column])),
  });
  const tables = [
    same("things", ["id", "kind", "label", "amount", "changed_at", "note"]),
    same("marks", ["id"]),
    same("beats", ["id", "label"]),
    same("probes", ["id", "sent_at"]),
  ];
  await writeFile(file, stringify({ streams: { bench: { source: "source", target: "target", tables } } }));
  const env = {
    STRANGLER_STREAM: "bench",
    STREAMS_FILE: file,
    STRANGLER_DATABASE_SOURCE_URL: sourceUrl,
    STRANGLER_DATABASE_TARGET_URL: targetUrl,
    LOG_LEVEL: "info",
  };
  const script = path.join(import.meta.dirname, "../../cdc/src/main.ts");
  let child: TestProcess | undefined;
  return {
    pids: () => (child === undefined ? [] : [child.pid]),
    start: async () => {
      child = startProcess({ script, env });
      await child.waitForLine(/"following"/, 60_000);
    },
    stop: async () => {
      await child?.kill("SIGTERM");
    },
  };
}

type Drained = { perSecond: number; perCpuSecond: number };
type Backlog = { workload: "single" | "large" } & Record<Side, Drained>;

// The sender and the applier's session; whoever else is connected is this benchmark itself.
async function pidsOf(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE backend_type IN ('walsender', 'logical replication apply worker')
     OR backend_type = 'logical replication worker' OR application_name LIKE 'strangler stream%'`,
  );
  return rows.map(({ pid }) => pid);
}

// Fields 14 and 15 of proc_pid_stat(5): user and system time, in ticks of 10 ms.
async function cpuSecondsOf(pids: readonly number[]): Promise<number> {
  const seconds = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
    }),
  );
  return seconds.reduce((sum, each) => sum + each, 0);
}

function isSingle({ workload }: Backlog): boolean {
  return workload === "single";
}

async function measureBacklogs(stage: Stage, progress: (line: string) => void): Promise<Backlog[]> {
  const measured: Backlog[] = [];
  // The first round proves that both are right and warms them; it is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const workload of ["single", "large"] as const) {
      const changes = workload === "single" ? SINGLE_CHANGES : LARGE_CHANGES;
      const mark = await generate(stage, workload, changes);
      const order = round % 2 === 0 ? SIDES : [...SIDES].reverse();
      const drained: Partial<Record<Side, Drained>> = {};
      for (const side of order) drained[side] = await drain(stage, side, mark, changes);
      await assertEqual(stage);
      const { native, ours } = drained as Record<Side, Drained>;
      if (round > 0) measured.push({ workload, native, ours });
      const name = round === 0 ? "proof" : `round ${round} of ${ROUNDS}`;
      progress(`${name}, ${workload}: native ${native.perSecond}/s, ours ${ours.perSecond}/s`);
    }
  }
  return measured;
}

let marks = 0;

async function generate({ source }: Stage, workload: Backlog["workload"], changes: number): Promise<number> {
  await source.query(`CALL ${workload}_changes(${changes})`);
  marks += 1;
  await source.query("INSERT INTO marks VALUES ($1)", [marks]);
  return marks;
}

/** The backlog's changes by seconds from the start of the sender's session to the mark's arrival, and by CPU seconds. */
async function drain(stage: Stage, side: Side, mark: number, changes: number): Promise<Drained> {
  const slot = side === "native" ? "native" : "strangler_bench";
  await stage.start(side);
  const cpuBefore = await stage.cpuSeconds(side);
  const began = await waitFor("its sender", async () => {
    const { rows } = await stage.source.query<{ began: string }>(
      "SELECT extract(epoch FROM a.backend_start) AS began FROM pg_stat_activity a JOIN pg_replication_slots s ON s.active_pid = a.pid WHERE s.slot_name = $1",
      [slot],
    );
    return rows[0]?.began;
  });
  const ended = await waitFor("the mark", () => arrivalOf(stage.targets[side], mark), {
    limitMs: 120_000,
    everyMs: 50,
  });
  const cpu = (await stage.cpuSeconds(side)) - cpuBefore;
  await stage.stop(side);
  return {
    perSecond: Math.round(changes / (Number(ended) - Number(began))),
    perCpuSecond: Math.round(changes / cpu),
  };
}

async function arrivalOf(target: pg.Client, mark: number): Promise<string | undefined> {
  const { rows } = await target.query<{ at: string }>(
    "SELECT extract(epoch FROM at) AS at FROM arrivals WHERE what = 'marks' AND id = $1",
    [mark],
  );
  return rows[0]?.at;
}

async function assertEqual({ source, targets }: Stage): Promise<void> {
  const sums = await Promise.all([source, targets.native, targets.ours].map(fingerprint));
  if (new Set(sums).size !== 1) throw new Error(`The rows are not equal: ${sums.join(", ")}`);
}

async function fingerprint(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ sum: string }>(
    "SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) AS sum FROM things AS t",
  );
  return rows[0]?.sum ?? "";
}

type Latency = { p50: number; p99: number; rate: number };

// Each alone, at the same rate.
async function measureLatencies(
  stage: Stage,
  rate: number,
  progress: (line: string) => void,
): Promise<Record<Side, Latency>> {
  const measured: Partial<Record<Side, Latency>> = {};
  let first = 0;
  for (const side of SIDES) {
    await stage.start(side);
    // Only log that is flushed is sent: after an asynchronous commit that is up to wal_writer_delay (200 ms) later.
    await stage.source.query("SET synchronous_commit = on");
    // Whatever the other side's turn has left behind is taken in before the clock matters.
    const warm = first;
    first += rate;
    await stage.source.query(`CALL steady_beats(${warm}, ${rate}, 1)`);
    await waitFor("the backlog", () => hasBeat(stage.targets[side], warm + rate - 1), { limitMs: 60_000 });
    await stage.source.query(`CALL steady_beats(${first}, ${rate}, ${LATENCY_SECONDS})`);
    const last = first + rate * LATENCY_SECONDS - 1;
    await waitFor("the last beat", () => hasBeat(stage.targets[side], last), { limitMs: 60_000 });
    measured[side] = await latencyOf(stage, side, first, last);
    progress(
      `latency, ${side}: p50 ${measured[side].p50} ms, p99 ${measured[side].p99} ms at ${measured[side].rate}/s`,
    );
    await stage.stop(side);
    first = last + 1;
  }
  return measured as Record<Side, Latency>;
}

async function hasBeat(target: pg.Client, id: number): Promise<boolean> {
  const { rows } = await target.query(
    "SELECT 1 FROM beats WHERE id = $1 UNION ALL SELECT 1 FROM probes WHERE id = $1",
    [id],
  );
  return rows.length === 1;
}

async function latencyOf(stage: Stage, side: Side, first: number, last: number): Promise<Latency> {
  const { rows } = await stage.targets[side].query<{ sent: string; ms: string }>(
    `SELECT extract(epoch FROM p.sent_at) AS sent, extract(epoch FROM a.at - p.sent_at) * 1000 AS ms
     FROM probes p JOIN arrivals a ON a.what = 'probes' AND a.id = p.id WHERE p.id BETWEEN $1 AND $2 ORDER BY p.id`,
    [first, last],
  );
  const ms = rows.map((row) => Number(row.ms)).sort((a, b) => a - b);
  const seconds = Number(rows.at(-1)?.sent) - Number(rows[0]?.sent);
  const percentile = (share: number) => Math.round((ms[Math.floor(ms.length * share)] ?? 0) * 100) / 100;
  return { p50: percentile(0.5), p99: percentile(0.99), rate: Math.round((last - first) / seconds) };
}

function describe(backlogs: readonly Backlog[], latencies: Record<Side, Latency>, rate: number): BenchResult {
  const of = (workload: Backlog["workload"], side: Side, what: keyof Drained = "perSecond") =>
    Math.round(median(backlogs.filter((each) => each.workload === workload).map((each) => each[side][what])));
  const ratio = (ours: number, native: number) => Math.round((ours / native) * 100) / 100;
  const { native, ours } = latencies;
  const rows: [string, number, number][] = [
    ["single-row transactions, changes/s", of("single", "native"), of("single", "ours")],
    ["transactions of 1000 rows, changes/s", of("large", "native"), of("large", "ours")],
    [
      "single-row, changes per CPU second",
      of("single", "native", "perCpuSecond"),
      of("single", "ours", "perCpuSecond"),
    ],
    ["1000 rows, changes per CPU second", of("large", "native", "perCpuSecond"), of("large", "ours", "perCpuSecond")],
    [`latency p50 at ${rate}/s, ms`, native.p50, ours.p50],
    [`latency p99 at ${rate}/s, ms`, native.p99, ours.p99],
  ];
  return {
    name: "stream",
    ratios: {
      singleRowTransactions: ratio(of("single", "ours"), of("single", "native")),
      largeTransactions: ratio(of("large", "ours"), of("large", "native")),
      singleRowPerCore: ratio(of("single", "ours", "perCpuSecond"), of("single", "native", "perCpuSecond")),
      largePerCore: ratio(of("large", "ours", "perCpuSecond"), of("large", "native", "perCpuSecond")),
      latencyP50: ratio(ours.p50, native.p50),
      latencyP99: ratio(ours.p99, native.p99),
    },
    table: [
      ["", "PostgreSQL's own", "strangler", "ratio"],
      ...rows.map(([what, yardstick, measured]) => [what, yardstick, measured, ratio(measured, yardstick)]),
    ],
    notes: [
      `Proved before and after every round: all rows of both targets equal the source's.`,
      `Medians of ${ROUNDS} rounds; a backlog is ${SINGLE_CHANGES} single-row transactions (6 updates, 3 inserts, 1 delete of ten) or ${LARGE_CHANGES} updates.`,
      "CPU seconds: the sender, the applying session, and for ours the Node process.",
      "Rates: more is better. Latency, from commit to commit: less is better; a ratio below 1 is ours being quicker.",
      "Source, target and both appliers share one machine, fsync is off on both servers; it does not show what a network or a slow disk does.",
    ],
    figures: { backlogs, latencies, rate },
  };
}

async function countOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: string }>("SELECT count(*) AS n FROM things");
  return Number(rows[0]?.n);
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // Ended by the server when it is stopped.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
