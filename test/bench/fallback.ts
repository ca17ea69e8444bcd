import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import { Pool } from "undici";
import type { BenchOptions, BenchResult } from "./result.ts";

const WRITES = 100_000;
const READERS = 16;
const WRITERS = 16;
const UP_MS = 1_500;
const DOWN_MS = 3_000;
const LIMITS = { readErrors: 0, doubled: 0, lost: 0, openMs: 1_000, probePercent: 1 };

const PROXY = path.resolve(import.meta.dirname, "../../proxy/src/main.ts");
const SERVICE = path.resolve(import.meta.dirname, "watch/ledger-service.ts");

type Outage = { openAfterMs: number; refused: number; probes: number };
type Seen = { reads: number; readErrors: string[]; writes: Map<string, boolean> };

/** A service is killed again and again (SIGKILL) while customers read and write; a ledger tells what was executed, and how often. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-fallback-"));
  const started: TestProcess[] = [];
  try {
    const ledger = path.join(folder, "ledger");
    const monolith = await startService("monolith", 0, ledger, started);
    const service = await startService("stock", 0, ledger, started);
    const proxy = await startProxyProcess(folder, monolith.port, service.port, started);
    const load = startLoad(proxy.url);
    const outages: Outage[] = [];
    let { process: current } = service;
    while (load.seen.writes.size < WRITES) {
      await wait(UP_MS);
      outages.push(await killFor(current, proxy));
      const seenLines = proxy.process.lines.length;
      current = (await startService("stock", service.port, ledger, started)).process;
      await waitFor("the breaker to close", () => findLine(proxy, seenLines, "a breaker has closed"), {
        limitMs: 60_000,
      });
      progress(
        `${load.seen.writes.size} of ${WRITES} writes, ${outages.length} kills, ${load.seen.readErrors.length} failed reads`,
      );
    }
    await load.stop();
    return toResult(load.seen, outages, await readLedger(ledger));
  } finally {
    await Promise.all(started.map((each) => each.kill("SIGKILL")));
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

type Proxy = { url: string; adminUrl: string; process: TestProcess };

async function startService(name: string, port: number, ledger: string, started: TestProcess[]) {
  const process = startProcess({ script: SERVICE, args: [name, String(port), ledger] });
  started.push(process);
  return { process, port: (JSON.parse(await process.waitForLine(/port/)) as { port: number }).port };
}

async function startProxyProcess(
  folder: string,
  monolith: number,
  service: number,
  started: TestProcess[],
): Promise<Proxy> {
  const routesFile = path.join(folder, "routes.yaml");
  await writeFile(routesFile, routesText(monolith, service));
  const process = startProcess({
    script: PROXY,
    env: { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info" },
  });
  started.push(process);
  const line = JSON.parse(await process.waitForLine(/proxy is listening/)) as { url: string; adminUrl: string };
  return { url: line.url, adminUrl: line.adminUrl, process };
}

// The watch would put a canary back within seconds, and nothing would be left to measure.
function routesText(monolith: number, service: number): string {
  return `services:
  monolith: { url: "http://127.0.0.1:${monolith}" }
  stock: { url: "http://127.0.0.1:${service}" }
sticky: { cookie: sid }
routes:
  - { id: reads, match: { methods: [GET], path: /items/* }, service: stock, stage: service }
  - { id: writes, match: { methods: [POST], path: /items/* }, service: stock, stage: canary, percent: 50, watch: false }
`;
}

async function killFor(service: TestProcess, proxy: Proxy): Promise<Outage> {
  const before = await breakerFigures(proxy);
  const seenLines = proxy.process.lines.length;
  const killedAt = Date.now();
  await service.kill("SIGKILL");
  await wait(DOWN_MS);
  const after = await breakerFigures(proxy);
  const opened = findLine(proxy, seenLines, "a breaker has opened");
  const openedAt =
    opened === undefined ? Number.POSITIVE_INFINITY : Date.parse((JSON.parse(opened) as { time: string }).time);
  return {
    openAfterMs: openedAt - killedAt,
    refused: after.refused - before.refused,
    probes: after.probes - before.probes,
  };
}

function findLine({ process }: Proxy, from: number, text: string): string | undefined {
  return process.lines.slice(from).find((line) => line.includes(text));
}

async function breakerFigures({ adminUrl }: Proxy): Promise<{ refused: number; probes: number }> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const figure = (name: string) =>
    Number(new RegExp(`^strangler_breaker_${name}_total\\{[^}]*\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  return { refused: figure("refused"), probes: figure("probes") };
}

function startLoad(url: string) {
  const pool = new Pool(url, { connections: READERS + WRITERS, pipelining: 1 });
  const seen: Seen = { reads: 0, readErrors: [], writes: new Map() };
  let stopped = false;

  async function ask(method: "GET" | "POST", headers: Record<string, string>): Promise<number> {
    const { statusCode, body } = await pool.request({ path: "/items/7", method, headers });
    JSON.parse(await body.text());
    return statusCode;
  }
  async function read(): Promise<void> {
    while (!stopped) {
      seen.reads += 1;
      const outcome = await ask("GET", {}).catch(String);
      if (outcome !== 200) seen.readErrors.push(String(outcome));
    }
  }
  async function write(writer: number): Promise<void> {
    for (let each = 0; !stopped && seen.writes.size < WRITES; each += 1) {
      const id = `${writer}-${each}`;
      const outcome = await ask("POST", { "x-id": id, cookie: `sid=${id}` }).catch(String);
      seen.writes.set(id, outcome === 200);
    }
  }
  const clients = [
    ...Array.from({ length: READERS }, read),
    ...Array.from({ length: WRITERS }, (_, writer) => write(writer)),
  ];
  return {
    seen,
    stop: async () => {
      stopped = true;
      await Promise.all(clients);
      await pool.close();
    },
  };
}

/** How often each write was executed, by its id. */
async function readLedger(ledger: string): Promise<Map<string, number>> {
  const executed = new Map<string, number>();
  for (const line of (await readFile(ledger, "utf8")).split("\n")) {
    const [id] = line.split(" ", 1);
    if (id) executed.set(id, (executed.get(id) ?? 0) + 1);
  }
  return executed;
}

function toResult(
  { reads, readErrors, writes }: Seen,
  outages: readonly Outage[],
  ledger: Map<string, number>,
): BenchResult {
  const doubled = [...ledger.values()].filter((times) => times > 1).length;
  const promised = [...writes].filter(([, answered]) => answered);
  const lost = promised.filter(([id]) => !ledger.has(id)).length;
  const failedWrites = writes.size - promised.length;
  const openMs = outages.map(({ openAfterMs }) => openAfterMs).sort((a, b) => a - b);
  const slowest = openMs.at(-1) ?? Number.NaN;
  const probes = sum(outages.map((each) => each.probes));
  const kept = sum(outages.map((each) => each.refused));
  const probePercent = Math.round((10_000 * probes) / (probes + kept)) / 100;
  return {
    name: "fallback",
    ratios: {
      read_errors: readErrors.length,
      doubled_writes: doubled,
      lost_writes: lost,
      open_max_to_limit: slowest / LIMITS.openMs,
    },
    table: [
      ["what", "measured", "limit"],
      ["kills of the service (SIGKILL)", outages.length, ""],
      ["reads", reads, ""],
      ["reads that failed", readErrors.length, LIMITS.readErrors],
      ["writes", writes.size, ""],
      ["writes executed twice", doubled, LIMITS.doubled],
      ["writes answered with 200 and not executed", lost, LIMITS.lost],
      ["writes that failed (asked once, never again)", failedWrites, ""],
      ["until the breaker is open, p50, ms", openMs[Math.floor(openMs.length / 2)] ?? "-", ""],
      ["until the breaker is open, max, ms", slowest, LIMITS.openMs],
      ["probes, % of the requests for a service that is down", probePercent, LIMITS.probePercent],
    ],
    notes: [
      "Reads belong to the service (stage service); writes are half the service's (stage canary, 50 %). Both upstreams note a write in one file before they answer.",
      "Until open: from the kill to the proxy's log line, by the clock of the machine.",
      ...[...new Set(readErrors)].slice(0, 3).map((error) => `Failed read: ${error}`),
    ],
    figures: { outages, reads, readErrors: readErrors.length, writes: writes.size, failedWrites, doubled, lost },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
