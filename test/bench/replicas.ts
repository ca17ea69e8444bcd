import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { changeRoutes, initPostgresStore, openStore, type RoutesStore } from "@strangler/proxy";
import { startOwnCluster, startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import type { BenchOptions, BenchResult } from "./result.ts";

const REPLICAS = 8;
const FLIPS = Number(process.env["BENCH_FLIPS"] ?? 300);
const LIMIT_MS = 250;
const PROXY = path.resolve(import.meta.dirname, "../../proxy/src/main.ts");

const ROUTES = `services:
  monolith: { url: "http://127.0.0.1:1" }
  stock: { url: "http://127.0.0.1:2" }
routes:
  - id: items
    match: { path: /items/* }
    service: stock
    stage: canary
    percent: 1
    reached: service
`;

type Agreement = { store: string; agreedMs: number[] };

/** Eight real proxies follow one store: from the call that changes a route until the last of them has it in force. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-replicas-"));
  const routesFile = path.join(folder, "routes.yaml");
  await writeFile(routesFile, ROUTES);
  const cluster = await startOwnCluster();
  try {
    const file = await measure("file", { ROUTES_FILE: routesFile }, openStore({ routesFile }), progress);
    const url = cluster.url("postgres");
    await initPostgresStore(url, { text: ROUTES });
    const env = { ROUTES_FILE: routesFile, ROUTES_STORE: "postgres", ROUTES_DATABASE_URL: url };
    const store = openStore({ routesFile, routesDatabaseUrl: url });
    const postgres = await measure("PostgreSQL", env, store, progress);
    return toResult([file, postgres]);
  } finally {
    await cluster.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

async function measure(
  name: string,
  env: Record<string, string>,
  store: RoutesStore,
  progress: BenchOptions["progress"],
): Promise<Agreement> {
  const started: TestProcess[] = [];
  try {
    for (let replica = 0; replica < REPLICAS; replica += 1) started.push(startReplica(env));
    await Promise.all(started.map((each) => each.waitForLine(/proxy is listening/, 60_000)));
    await waitFor("all replicas in the register", async () => (await store.replicas.list()).length === REPLICAS);
    progress(`${name}: ${FLIPS} changes, ${REPLICAS} replicas`);
    const agreedMs: number[] = [];
    for (let flip = 0; flip < FLIPS; flip += 1) agreedMs.push(await flipOnce(store, flip));
    return { store: name, agreedMs };
  } finally {
    await Promise.all(started.map((each) => each.kill("SIGKILL")));
    await store.close();
  }
}

function startReplica(env: Record<string, string>): TestProcess {
  return startProcess({ script: PROXY, env: { ...env, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info" } });
}

/** By the replicas' own clocks, which are this machine's: when the last of them had it, after the change was called for. */
async function flipOnce(store: RoutesStore, flip: number): Promise<number> {
  const startedAt = Date.now();
  const wish = { selectors: ["items"], stage: "canary" as const, percent: 2 + (flip % 90) };
  const { after } = await changeRoutes(store, wish, "bench");
  const replicas = await waitFor(
    `change ${flip}`,
    async () => {
      const seen = await store.replicas.list();
      return seen.length === REPLICAS && seen.every(({ version }) => version === after) ? seen : undefined;
    },
    { everyMs: 5 },
  );
  return Math.max(...replicas.map(({ appliedAt }) => Date.parse(appliedAt) - startedAt));
}

function toResult(agreements: readonly Agreement[]): BenchResult {
  const rows = agreements.map(({ store, agreedMs }) => {
    const sorted = agreedMs.toSorted((a, b) => a - b);
    const at = (quantile: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0;
    return { store, changes: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  });
  return {
    name: "replicas",
    ratios: Object.fromEntries(
      rows.map(({ store, p99 }) => [`${store.toLowerCase()}_p99_to_limit`, Math.round((p99 / LIMIT_MS) * 100) / 100]),
    ),
    table: [
      ["store", "changes", "p50 ms", "p99 ms", "max ms", "limit p99"],
      ...rows.map(({ store, changes, p50, p99, max }) => [store, changes, p50, p99, max, LIMIT_MS]),
    ],
    notes: [
      `${REPLICAS} processes on this machine follow one store; the time is that of the slowest of them, from the call on, compare-and-set and log included.`,
      "PostgreSQL: NOTIFY tells, and a look every 200 ms would tell if it were lost.",
    ],
    figures: { rows, agreements },
  };
}
