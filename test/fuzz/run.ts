import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fuzzAnswer } from "./answers.ts";
import { ask, askMarker } from "./ask.ts";
import { startLyingUpstream, type LyingUpstream } from "./lying-upstream.ts";
import { startProxyProcess, type ProxyProcess } from "./proxy-process.ts";
import { createRandom, pairOf } from "./random.ts";
import { fuzzRequest } from "./requests.ts";

export type FuzzOptions = {
  engine: string;
  pairs: number;
  seed: number;
  /** The first pair: to play some again. */
  from?: number;
  connections?: number;
  /** Where the bytes of a failure go. */
  out: string;
  progress?: (line: string) => void;
};

export type Failure = {
  kind: "wrong answer" | "lost marker" | "malformed" | "log" | "ended" | "memory";
  pair: number;
  detail: string;
};

export type FuzzReport = {
  engine: string;
  seed: number;
  pairs: number;
  /** Requests that have reached the upstream, markers included. */
  forwarded: number;
  /** Pairs to which anything was answered at all. */
  answered: number;
  markers: number;
  seconds: number;
  residentMiB: { first: number; most: number };
  failures: Failure[];
};

const BATCH = 2_000;
const MARKERS = 16;
const MOST_MIB = 512;
const MOST_FAILURES = 20;

/**
 * Sends pairs of a request and the upstream's answer to it through a real proxy process. Whatever the bytes are: the process lives,
 * its memory is bounded, its log knows what happened, no answer reaches anybody but its own customer, no request reaches the upstream
 * malformed, and the connections left in the pools serve the next request.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-fuzz-"));
  const failures: Failure[] = [];
  const upstream = await startLyingUpstream({
    answerOf: (pair, method) => fuzzAnswer(createRandom(~options.seed, pair), pair, method),
    onMalformed: (why, bytes) => {
      const pair = pairOf(/^x-pair: (\S+)/im.exec(bytes)?.[1] ?? "") ?? -1;
      failures.push({ kind: "malformed", pair, detail: `${why}: ${JSON.stringify(bytes)}` });
    },
  });
  try {
    const routesFile = path.join(folder, "routes.yaml");
    await writeFile(routesFile, routesText(upstream.port));
    const proxy = await startProxyProcess({ ROUTES_FILE: routesFile, PROXY_ENGINE: options.engine });
    try {
      return await runBatches(options, proxy, upstream, failures);
    } finally {
      await proxy.stop();
    }
  } finally {
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

async function runBatches(
  options: FuzzOptions,
  proxy: ProxyProcess,
  upstream: LyingUpstream,
  failures: Failure[],
): Promise<FuzzReport> {
  const { engine, seed, pairs, from = 0, connections = 96, progress = () => undefined } = options;
  const startedAt = performance.now();
  let kept = 0;
  const first = await proxy.residentMiB();
  const report: FuzzReport = {
    ...{ engine, seed, pairs: 0, forwarded: 0, answered: 0, markers: 0, seconds: 0 },
    ...{ residentMiB: { first, most: first }, failures },
  };
  for (let at = from; at < from + pairs && failures.length < MOST_FAILURES; at += BATCH) {
    const until = Math.min(at + BATCH, from + pairs);
    report.answered += await runBatch(proxy.port, seed, at, until, connections, failures);
    await checkPools(proxy, until, failures);
    report.pairs = until - from;
    report.markers += MARKERS;
    report.forwarded = upstream.requests();
    report.seconds = (performance.now() - startedAt) / 1_000;
    if (proxy.ended() !== undefined) break;
    report.residentMiB.most = Math.max(report.residentMiB.most, await proxy.residentMiB());
    if (report.residentMiB.most > MOST_MIB) {
      failures.push({ kind: "memory", pair: until, detail: `${report.residentMiB.most} MiB` });
    }
    progress(progressLine(report));
    if (failures.length > kept) await keep(options, failures);
    kept = failures.length;
  }
  for (const detail of proxy.unknown) failures.push({ kind: "log", pair: report.pairs, detail });
  if (failures.length > 0) await keep(options, failures);
  return report;
}

async function runBatch(
  port: number,
  seed: number,
  from: number,
  until: number,
  connections: number,
  failures: Failure[],
): Promise<number> {
  let next = from;
  let answered = 0;
  const worker = async () => {
    while (next < until) {
      const pair = next++;
      const received = await ask(port, fuzzRequest(createRandom(seed, pair), pair));
      if (received !== "") answered += 1;
      const wrong = findWrongAnswer(received, pair);
      if (wrong !== undefined) failures.push({ kind: "wrong answer", pair, detail: wrong });
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return answered;
}

// Every answer carries the name of its pair, in its header and in its body.
function findWrongAnswer(received: string, pair: number): string | undefined {
  for (const [token, name] of received.matchAll(/pair-(\d+x[0-9a-z]+)\./g)) {
    const named = pairOf(name ?? "");
    // What was garbled on its way names nobody.
    if (named !== undefined && named !== pair) return `got ${token}: ${JSON.stringify(received.slice(0, 2_000))}`;
  }
  return undefined;
}

async function checkPools(proxy: ProxyProcess, pair: number, failures: Failure[]): Promise<void> {
  const ended = proxy.ended();
  if (ended !== undefined) {
    failures.push({ kind: "ended", pair, detail: ended });
    return;
  }
  const asked = Array.from({ length: MARKERS }, (_, index) => `marker-${pair}-${index}`);
  const answers = await Promise.all(asked.map((marker) => askMarker(proxy.port, marker)));
  for (const [index, answer] of answers.entries()) {
    if (answer !== asked[index])
      failures.push({ kind: "lost marker", pair, detail: JSON.stringify(answer.slice(0, 500)) });
  }
}

function progressLine({ engine, pairs, seconds, residentMiB, failures }: FuzzReport): string {
  const rate = Math.round(pairs / seconds);
  return `${engine}: ${pairs} pairs, ${rate}/s, ${residentMiB.most} MiB at most, ${failures.length} failures`;
}

async function keep({ engine, seed, out }: FuzzOptions, failures: readonly Failure[]): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const [index, failure] of failures.slice(0, MOST_FAILURES).entries()) {
    const { pair } = failure;
    const request = pair < 0 ? undefined : fuzzRequest(createRandom(seed, pair), pair);
    const answer = request && fuzzAnswer(createRandom(~seed, pair), pair, request.method);
    const file = path.join(out, `${engine}-${seed}-${index}.json`);
    await writeFile(file, `${JSON.stringify({ engine, seed, ...failure, request, answer }, null, 2)}\n`);
  }
}

const REWRITE = "{ redirects: true, cookies: { domain: false, path: /, sameSite: Lax, secure: true } }";

function routesText(port: number): string {
  const url = `http://127.0.0.1:${port}`;
  return [
    // Without a breaker: it would keep the requests from the upstream that is to lie to them.
    `services: { monolith: { url: "${url}" }, stock: { url: "${url}", breaker: false } }`,
    "sticky: { cookie: sid }",
    "forwarded: { port: true, standard: true }",
    "routes:",
    `  - { id: items, match: { path: "/items/*" }, service: stock, stage: service }`,
    `  - { id: all, match: { path: "/a/*" }, service: stock, stage: service, bodyBytes: 50000, upgrade: true, rewrite: ${REWRITE} }`,
    "",
  ].join("\n");
}
