import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { changeRoutes, createFileStore, verifyAudit, type RoutesStore, type Stage } from "@strangler/proxy";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import { CLIENTS, startLoad, type Load } from "./flips/mixed-load.ts";
import { readSwapTimes, type SwapTimes } from "./flips/swap-times.ts";
import type { BenchOptions, BenchResult } from "./result.ts";

const FLIPS = Number(process.env["BENCH_FLIPS"] ?? 10_000);
const LIMITS = { failed: 0, doubled: 0, swapP99Ms: 1 };
const PROXY = path.resolve(import.meta.dirname, "../../proxy/src/main.ts");
const UPSTREAM = path.resolve(import.meta.dirname, "flips/ledger-upstream.ts");

/**
 * Flips between two real upstreams, through the function that all flips go through, while pages, uploads, event streams and
 * WebSockets never stop. Both upstreams keep a ledger of the requests they saw.
 */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-flips-"));
  const routesFile = path.join(folder, "routes.yaml");
  const started: TestProcess[] = [];
  try {
    const ports = await Promise.all(["monolith", "service"].map((name) => startUpstream(name, started)));
    await writeFile(routesFile, routesText(ports));
    const proxy = await startProxyProcess(routesFile, started);
    const store = createFileStore(routesFile);
    const load = startLoad(proxy.url);
    await waitFor("the first answers of every kind", () => Object.values(load.answered).every((count) => count > 0));
    progress(`${FLIPS} flips under ${JSON.stringify(CLIENTS)}`);
    const inForceMs = await flipAgainAndAgain(store, progress);
    await load.stop();
    const ledgers = await Promise.all(ports.map(readLedger));
    const swaps = await readSwapTimes(proxy.adminUrl);
    const { faults } = await verifyAudit(store.auditLines(), { currentText: (await store.read()).text });
    return toResult({ load, inForceMs, swaps, seen: countSeen(load, ledgers), auditFaults: faults.length });
  } finally {
    await Promise.all(started.map((each) => each.kill("SIGKILL")));
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

async function startUpstream(name: string, started: TestProcess[]): Promise<number> {
  const upstream = startProcess({ script: UPSTREAM, args: [name] });
  started.push(upstream);
  return (JSON.parse(await upstream.waitForLine(/port/)) as { port: number }).port;
}

async function startProxyProcess(routesFile: string, started: TestProcess[]) {
  const env = { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info" };
  const proxy = startProcess({ script: PROXY, env });
  started.push(proxy);
  return JSON.parse(await proxy.waitForLine(/proxy is listening/)) as { url: string; adminUrl: string };
}

function routesText([monolith, service]: readonly number[]): string {
  return `services:
  monolith: { url: "http://127.0.0.1:${monolith}" }
  stock: { url: "http://127.0.0.1:${service}" }
routes:
  - id: items
    match: { path: /items/* }
    service: stock
    stage: monolith
    reached: service
`;
}

/** Each flip waits until the proxy says that the one before is in force. Answers how long that took, in milliseconds. */
async function flipAgainAndAgain(store: RoutesStore, progress: BenchOptions["progress"]): Promise<number[]> {
  const inForceMs: number[] = [];
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const stage: Stage = flip % 2 === 0 ? "service" : "monolith";
    const startedAt = performance.now();
    const { after } = await changeRoutes(store, { selectors: ["items"], stage }, "bench");
    await waitFor(`flip ${flip}`, () => isInForce(store, after), { everyMs: 2 });
    inForceMs.push(performance.now() - startedAt);
    if ((flip + 1) % 1_000 === 0) progress(`${flip + 1} flips`);
  }
  return inForceMs;
}

async function isInForce(store: RoutesStore, version: string): Promise<boolean> {
  return (await store.replicas.list()).some((replica) => replica.version === version);
}

async function readLedger(port: number): Promise<Uint8Array> {
  const answer = await fetch(`http://127.0.0.1:${port}/ledger`);
  return new Uint8Array(await answer.arrayBuffer());
}

type Seen = { once: number; twice: number; never: number };

/** How many of the requests that were sent came to one upstream once, to somebody twice, to nobody. */
function countSeen(load: Load, ledgers: readonly Uint8Array[]): Seen {
  const seen: Seen = { once: 0, twice: 0, never: 0 };
  for (let number = 1; number <= load.sent(); number += 1) {
    const times = ledgers.reduce((sum, ledger) => sum + (ledger[number] ?? 0), 0);
    seen[times === 0 ? "never" : times === 1 ? "once" : "twice"] += 1;
  }
  return seen;
}

type Measured = { load: Load; inForceMs: number[]; swaps: SwapTimes; seen: Seen; auditFaults: number };

function toResult({ load, inForceMs, swaps, seen, auditFaults }: Measured): BenchResult {
  const { answered, failures, sides } = load;
  const sorted = inForceMs.toSorted((a, b) => a - b);
  const at = (quantile: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0);
  return {
    name: "flips",
    ratios: {
      failed_requests: failures.length,
      doubly_routed: seen.twice,
      swap_p99_to_limit: round((swaps.p99Ms ?? Number.POSITIVE_INFINITY) / LIMITS.swapP99Ms),
    },
    table: [
      ["what", "measured", "limit"],
      ["flips", sorted.length, ""],
      ["pages, uploads, event streams meanwhile", answered.pages + answered.uploads + answered.events, ""],
      ["WebSocket sessions meanwhile", answered.sockets, ""],
      ["failed", failures.length, LIMITS.failed],
      ["seen by two upstreams, or twice by one", seen.twice, LIMITS.doubled],
      ["answered, and seen by nobody", seen.never, 0],
      ["swap of the routes, p99, ms, at most", swaps.p99Ms ?? "none", LIMITS.swapP99Ms],
      ["from the change until it is in force, p50, ms", at(0.5), ""],
      ["from the change until it is in force, p99, ms", at(0.99), ""],
      ["faults in the audit log of all flips", auditFaults, 0],
    ],
    notes: [
      `Answers of the monolith: ${sides.get("monolith") ?? 0}, of the service: ${sides.get("service") ?? 0}; each was complete, and its body was held against its x-served-by: one decision, and one upstream that knows of it.`,
      "A WebSocket session is twenty words over 300 ms, all of them heard by the upstream that heard the first.",
      "The swap is measured inside the proxy, around the change of pointers, and read from its metrics: the upper end of the slot.",
      "In force: until the proxy's own word is in the register, writing the log durably included.",
      ...failures.slice(0, 3).map((failure) => `Failed: ${failure}`),
    ],
    figures: {
      flips: sorted.length,
      answered,
      failures,
      seen,
      swaps,
      inForceMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
