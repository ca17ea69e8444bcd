import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { RouteReport, ShadowCount } from "@strangler/proxy";
import { startProcess, waitFor } from "@strangler/test-kit";
import { cpuSecondsOf, median, residentKiBOf, rounded, startScript, type Endings } from "../proxy/processes.ts";

const run = promisify(execFile);
const CLIENT = path.resolve(import.meta.dirname, "../proxy/steady-client.ts");
const UPSTREAM = path.resolve(import.meta.dirname, "upstream.ts");
const PROXY = path.resolve(import.meta.dirname, "../../../proxy/src/main.ts");

export type HurtOptions = { rate: number; seconds: number; rounds: number; progress: (line: string) => void };

/** What a candidate that behaves so costs the control: the proxy with it beside the same proxy without shadow. */
export type Hurt = {
  candidate: string;
  requests: number;
  answered: number;
  /** Requests that are in none of the outcomes that the proxy has counted. */
  uncounted: number;
  counts: ShadowCount;
  p99Ms: { without: number; with: number; difference: number };
  /** Of the proxy, for one request of a customer: what remains comparable when the machine is busy with other things. */
  cpuMicroseconds: { without: number; with: number };
  memoryMiB: { without: number; with: number; difference: number };
};

export const MISBEHAVIOURS = ["hangs", "resets", "floods"] as const;

/** Measures pairs of rounds, the two proxies in turn: with and without, then without and with. */
export async function measureHurt(folder: string, endings: Endings, options: HurtOptions): Promise<Hurt[]> {
  const control = await startScript(UPSTREAM, ["answers"], endings);
  const hurts: Hurt[] = [];
  for (const candidate of MISBEHAVIOURS) {
    const own: Endings = [];
    try {
      const { port } = await startScript(UPSTREAM, [candidate], own);
      hurts.push(await measureOne(folder, candidate, control.port, port, own, options));
    } finally {
      await Promise.all(own.map((end) => end()));
    }
  }
  return hurts;
}

// --- internal ---

type Proxy = { url: string; adminUrl: string; pid: number; peakKiB: number; cpuSeconds: number };
type Delays = { sent: number; answered: number; p99: number };

async function measureOne(
  folder: string,
  candidate: string,
  monolith: number,
  stock: number,
  endings: Endings,
  options: HurtOptions,
): Promise<Hurt> {
  const without = await startOurs(path.join(folder, `${candidate}-without.yaml`), monolith, stock, "monolith", endings);
  const shadowed = await startOurs(path.join(folder, `${candidate}-with.yaml`), monolith, stock, "shadow", endings);
  const pairs: { without: Delays; with: Delays }[] = [];
  for (let round = 0; round <= options.rounds; round += 1) {
    const order = round % 2 === 0 ? [without, shadowed] : [shadowed, without];
    const seen = new Map<Proxy, Delays>();
    for (const proxy of order) seen.set(proxy, await load(proxy, options));
    const pair = { without: seen.get(without) as Delays, with: seen.get(shadowed) as Delays };
    options.progress(
      `candidate ${candidate}, ${roundName(round)}: p99 ${rounded(pair.without.p99)} ms without, ${rounded(pair.with.p99)} ms with`,
    );
    pairs.push(pair);
  }
  const requests = pairs.reduce((sum, pair) => sum + pair.with.sent, 0);
  const cpuMicroseconds = { without: cpuPerRequest(without, requests), with: cpuPerRequest(shadowed, requests) };
  const counts = await settledCounts(shadowed, requests);
  // The first pair warms up.
  const counted = pairs.slice(1);
  const p99 = (side: "without" | "with") => rounded(median(counted.map((pair) => pair[side].p99)), 3);
  const difference = rounded(median(counted.map((pair) => pair.with.p99 - pair.without.p99)), 3);
  const [lean, heavy] = [without, shadowed].map(({ peakKiB }) => peakKiB / 1_024) as [number, number];
  return {
    candidate,
    requests,
    answered: pairs.reduce((sum, pair) => sum + pair.with.answered, 0),
    uncounted: requests - outcomesOf(counts),
    counts,
    p99Ms: { without: p99("without"), with: p99("with"), difference },
    cpuMicroseconds,
    memoryMiB: { without: rounded(lean, 1), with: rounded(heavy, 1), difference: rounded(heavy - lean, 1) },
  };
}

function cpuPerRequest({ cpuSeconds }: Proxy, requests: number): number {
  return rounded((cpuSeconds / requests) * 1e6, 0);
}

function roundName(round: number): string {
  return round === 0 ? "warm-up" : `round ${round}`;
}

async function startOurs(
  file: string,
  monolith: number,
  stock: number,
  stage: string,
  endings: Endings,
): Promise<Proxy> {
  await writeFile(
    file,
    `services: { monolith: { url: "http://127.0.0.1:${monolith}" }, stock: { url: "http://127.0.0.1:${stock}" } }
routes: [{ id: items, match: { path: /items/* }, service: stock, stage: ${stage} }]
`,
  );
  const env = { ROUTES_FILE: file, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info" };
  const running = startProcess({ script: PROXY, env });
  endings.push(() => running.kill("SIGKILL"));
  const line = JSON.parse(await running.waitForLine(/proxy is listening/)) as { url: string; adminUrl: string };
  return { url: line.url, adminUrl: line.adminUrl, pid: running.pid, peakKiB: 0, cpuSeconds: 0 };
}

/** Asks at a fixed rate. The client ends with an error at the first answer that is not a whole 200. */
async function load(proxy: Proxy, { rate, seconds }: HurtOptions): Promise<Delays> {
  const look = setInterval(() => {
    void residentKiBOf(proxy.pid).then((kiB) => {
      proxy.peakKiB = Math.max(proxy.peakKiB, kiB);
    });
  }, 100);
  const before = await cpuSecondsOf(proxy.pid);
  try {
    const args = [CLIENT, new URL(proxy.url).host, "/items/7?a=b", String(rate), String(seconds)];
    const { stdout } = await run(process.execPath, args);
    return JSON.parse(stdout) as Delays;
  } finally {
    clearInterval(look);
    proxy.cpuSeconds += (await cpuSecondsOf(proxy.pid)) - before;
  }
}

// A candidate that hangs is given up after its deadline: until then its requests have no outcome.
async function settledCounts({ adminUrl }: Proxy, requests: number): Promise<ShadowCount> {
  let last: ShadowCount | undefined;
  await waitFor(
    "every shadowed request to have an outcome",
    async () => {
      const report = (await (await fetch(`${adminUrl}/routes`)).json()) as RouteReport;
      last = report.routes[0]?.shadow;
      return last !== undefined && outcomesOf(last) >= requests;
    },
    { limitMs: 10_000, everyMs: 200 },
  ).catch(() => undefined);
  if (last === undefined) throw new Error("the proxy does not say what it has counted");
  return last;
}

function outcomesOf({ compared, failed, dropped, unsampled }: ShadowCount): number {
  return compared + failed + dropped + unsampled;
}
