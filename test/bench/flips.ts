import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { changeStages, type Stage } from "@strangler/proxy";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import { Pool } from "undici";
import type { BenchOptions, BenchResult } from "./result.ts";

const FLIPS = 200;
const CLIENTS = 16;
const LIMITS = { failed: 0, visibleMs: 1_000 };
const PROXY = path.resolve(import.meta.dirname, "../../proxy/src/main.ts");
const UPSTREAM = path.resolve(import.meta.dirname, "fixed-upstream.ts");

type Answer = { startedAt: number; endedAt: number; servedBy: string };

/** 200 flips between two real upstreams, through the command's own function, while keep-alive clients never stop asking. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-flips-"));
  const routesFile = path.join(folder, "routes.yaml");
  const started: TestProcess[] = [];
  try {
    const [monolith, service] = await Promise.all(["monolith", "service"].map((name) => startUpstream(name, started)));
    await writeFile(routesFile, routesText(monolith ?? 0, service ?? 0));
    const proxyUrl = await startProxyProcess(routesFile, started);
    progress(`${FLIPS} flips under ${CLIENTS} clients`);
    const load = startLoad(proxyUrl);
    await waitFor("the first answers", () => load.answers.length > 100);
    const visibleMs: number[] = [];
    for (let flip = 0; flip < FLIPS; flip += 1) {
      visibleMs.push(await flipOnce(routesFile, flip % 2 === 0 ? "service" : "monolith", load));
    }
    await load.stop();
    return toResult(visibleMs, load);
  } finally {
    await Promise.all(started.map((each) => each.kill("SIGKILL")));
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

type Load = { answers: Answer[]; failures: string[]; stop: () => Promise<void> };

async function startUpstream(name: string, started: TestProcess[]): Promise<number> {
  const upstream = startProcess({ script: UPSTREAM, args: [name] });
  started.push(upstream);
  return (JSON.parse(await upstream.waitForLine(/port/)) as { port: number }).port;
}

async function startProxyProcess(routesFile: string, started: TestProcess[]): Promise<string> {
  const env = { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "warn" };
  const proxy = startProcess({ script: PROXY, env: { ...env, LOG_LEVEL: "info" } });
  started.push(proxy);
  return (JSON.parse(await proxy.waitForLine(/proxy is listening/)) as { url: string }).url;
}

function routesText(monolith: number, service: number): string {
  return `services:
  monolith: { url: "http://127.0.0.1:${monolith}" }
  stock: { url: "http://127.0.0.1:${service}" }
routes:
  - id: items
    match: { path: /items/* }
    service: stock
    stage: monolith
`;
}

function startLoad(url: string): Load {
  const pool = new Pool(url, { connections: CLIENTS, pipelining: 1 });
  const answers: Answer[] = [];
  const failures: string[] = [];
  let stopped = false;
  const client = async () => {
    while (!stopped) {
      const startedAt = performance.now();
      try {
        const { statusCode, headers, body } = await pool.request({ path: "/items/7", method: "GET" });
        const text = await body.text();
        const servedBy = String(headers["x-served-by"]);
        // The name in the body is the upstream's own word for who answered.
        const right = text.includes(`"name":"${servedBy === "stock" ? "service" : "monolith"}"`);
        if (statusCode === 200 && right) answers.push({ startedAt, endedAt: performance.now(), servedBy });
        else failures.push(`status ${statusCode}, served by ${servedBy}: ${text.slice(0, 80)}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    answers,
    failures,
    stop: async () => {
      stopped = true;
      await Promise.all(clients);
      await pool.close();
    },
  };
}

/** From the call of the command's function to the first answer of the new side. */
async function flipOnce(routesFile: string, stage: Stage, load: Load): Promise<number> {
  const side = stage === "service" ? "stock" : "monolith";
  const before = load.answers.length;
  const flippedAt = performance.now();
  await changeStages(routesFile, { selectors: ["items"], stage, force: true });
  const first = await waitFor(
    `an answer by ${side}`,
    () => load.answers.slice(before).find(({ servedBy, startedAt }) => servedBy === side && startedAt > flippedAt),
    { limitMs: 5_000, everyMs: 1 },
  );
  return first.endedAt - flippedAt;
}

function toResult(visibleMs: readonly number[], { answers, failures }: Load): BenchResult {
  const sorted = [...visibleMs].sort((a, b) => a - b);
  const p50 = round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  const max = round(sorted.at(-1) ?? 0);
  const sides = Map.groupBy(answers, ({ servedBy }) => servedBy);
  return {
    name: "flips",
    ratios: { failed_requests: failures.length, visible_max_to_limit: round(max / LIMITS.visibleMs) },
    table: [
      ["what", "measured", "limit"],
      ["flips", visibleMs.length, ""],
      ["requests meanwhile", answers.length + failures.length, ""],
      ["failed requests", failures.length, LIMITS.failed],
      ["until a flip is visible, p50, ms", p50, ""],
      ["until a flip is visible, max, ms", max, LIMITS.visibleMs],
    ],
    notes: [
      `Served by the monolith: ${sides.get("monolith")?.length ?? 0}, by the service: ${sides.get("stock")?.length ?? 0}; every answer's body was checked against its x-served-by.`,
      "Visible: from the call that edits the file to the end of the first answer of the new side.",
      ...failures.slice(0, 3).map((failure) => `Failed: ${failure}`),
    ],
    figures: { flips: visibleMs.length, requests: answers.length, failures, visibleMs: sorted.map(round) },
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
