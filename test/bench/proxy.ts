import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DEFAULT_ENGINE } from "@strangler/proxy";
import { startContenders, startOurs, type Contender } from "./proxy/contenders.ts";
import { measureIdleSockets } from "./proxy/idle-sockets.ts";
import { measureLatency } from "./proxy/latency.ts";
import { cpuSecondsOf, pin, rounded, startScript, type Endings } from "./proxy/processes.ts";
import { measureBodies, measureEvents } from "./proxy/streaming.ts";
import { measureThroughput } from "./proxy/throughput.ts";
import { hammer, hasWrk } from "./proxy/wrk.ts";
import type { BenchOptions, BenchResult } from "./result.ts";

const OURS = `strangler, ${DEFAULT_ENGINE}`;

/** The proxy beside others in one run: requests per CPU-second, delays, two workers, large bodies, events, idle WebSockets. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  if (!(await hasWrk())) throw new Error("wrk is needed to make the load: apt-get install wrk");
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-bench-proxy-"));
  try {
    const small = await withEndings((endings) => measureSmall(folder, endings, progress));
    const workers = await withEndings((endings) => measureWorkers(folder, endings, progress));
    const long = await withEndings((endings) => measureLong(folder, endings, progress));
    return toResult(small, workers, long);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

type Small = Awaited<ReturnType<typeof measureSmall>>;
type Workers = Awaited<ReturnType<typeof measureWorkers>>;
type Long = Awaited<ReturnType<typeof measureLong>>;

async function withEndings<Result>(use: (endings: Endings) => Promise<Result>): Promise<Result> {
  const endings: Endings = [];
  try {
    return await use(endings);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function measureSmall(folder: string, endings: Endings, progress: (line: string) => void) {
  const upstream = await startScript(here("fixed-upstream.ts"), ["monolith"], endings);
  const contenders = await startContenders(`http://127.0.0.1:${upstream.port}`, folder, endings);
  const pinned = await pinAll(contenders, upstream.pid);
  for (const contender of contenders) await proveCorrect(contender);
  const throughput = await measureThroughput(contenders, progress);
  const most = throughput.find(({ name }) => name === OURS)?.perSecond ?? 0;
  const rate = Math.floor(most * 0.7);
  const latency = await measureLatency(
    contenders.filter(({ name }) => name === OURS || name === "nginx"),
    rate,
    progress,
  );
  return { pinned, throughput, rate, latency };
}

async function measureWorkers(folder: string, endings: Endings, progress: (line: string) => void) {
  const upstream = await startScript(here("fixed-upstream.ts"), ["monolith"], endings);
  const address = `http://127.0.0.1:${upstream.port}`;
  const one = await startOurs(DEFAULT_ENGINE, address, folder, endings);
  const two = await startOurs(DEFAULT_ENGINE, address, folder, endings, { WORKERS: "2" });
  const costs = new Map<string, number[]>([
    ["one", []],
    ["two", []],
  ]);
  for (let round = 0; round <= 5; round += 1) {
    for (const [name, { url, pid }] of [
      ["one", one],
      ["two", two],
    ] as const) {
      const before = await cpuSecondsOf(pid);
      const { requests } = await hammer(`${url}/api/things/7?a=b`, { core: "0,1", connections: 64 });
      const microseconds = (((await cpuSecondsOf(pid)) - before) / requests) * 1e6;
      progress(`workers: ${name} ${rounded(microseconds, 1)} microseconds a request`);
      if (round > 0) costs.get(name)?.push(microseconds);
    }
  }
  const middle = (name: string) => rounded([...(costs.get(name) ?? [])].sort((a, b) => a - b)[2] ?? 0, 1);
  return { one: middle("one"), two: middle("two") };
}

async function measureLong(folder: string, endings: Endings, progress: (line: string) => void) {
  const upstream = await startScript(here("proxy/streaming-upstream.ts"), [], endings);
  const direct = `http://127.0.0.1:${upstream.port}`;
  const ours = await startOurs(DEFAULT_ENGINE, direct, folder, endings);
  const bodies = await measureBodies(ours.url, ours.pid);
  for (const { direction, extraMiB, seconds } of bodies) progress(`1 GiB ${direction}: ${extraMiB} MiB, ${seconds} s`);
  const events = { direct: await measureEvents(direct), through: await measureEvents(ours.url) };
  progress(`events: ${JSON.stringify(events)}`);
  const fresh = await startOurs(DEFAULT_ENGINE, direct, folder, endings);
  const pipe = await startScript(here("proxy/bare-pipe.ts"), ["127.0.0.1", String(upstream.port)], endings);
  const sockets = {
    ours: await measureIdleSockets(fresh.url, fresh.pid),
    pipe: await measureIdleSockets(`http://127.0.0.1:${pipe.port}`, pipe.pid),
  };
  progress(`idle WebSockets: ${JSON.stringify(sockets)} KiB each`);
  return { bodies, events, sockets };
}

const here = (file: string) => path.resolve(import.meta.dirname, file);

// What is measured has a core of its own; the upstream shares the other one with the load.
async function pinAll(contenders: readonly Contender[], upstreamPid: number): Promise<boolean> {
  const each = await Promise.all([pin(upstreamPid, "1"), ...contenders.map(({ pid }) => pin(pid, "0"))]);
  return each.every(Boolean);
}

async function proveCorrect({ name, url }: Contender): Promise<void> {
  const answer = await fetch(`${url}/api/things/7?a=b`, { headers: { cookie: "sid=customer-7" } });
  const { items } = (await answer.json()) as { items: unknown[] };
  if (answer.status !== 200 || items.length !== 8) throw new Error(`${name} does not answer correctly`);
}

function toResult(small: Small, workers: Workers, long: Long): BenchResult {
  const per = (name: string) => small.throughput.find((each) => each.name === name)?.perCpuSecond;
  const ours = per(OURS) ?? 0;
  const against = (name: string) => {
    const theirs = per(name);
    return theirs === undefined ? Number.NaN : rounded(ours / theirs);
  };
  const p99 = (name: string) => small.latency.find((each) => each.name === name)?.p99 ?? Number.NaN;
  const ratios = {
    vs_nginx_per_core: against("nginx"),
    vs_haproxy_per_core: against("haproxy"),
    vs_hpm: against("express + http-proxy-middleware"),
    vs_bare_hpm: against("bare http-proxy-middleware"),
    vs_fastify: against("@fastify/http-proxy"),
    p99_vs_nginx_at_70_percent: rounded(p99(OURS) / p99("nginx")),
    cpu_two_workers_vs_one: rounded(workers.two / workers.one),
    idle_websocket_vs_pipe: rounded(long.sockets.ours / long.sockets.pipe),
  };
  return {
    name: "proxy",
    ratios,
    table: [
      ["what", "measured", "beside it"],
      ...small.throughput.map(({ name, perCpuSecond, perSecond }) => [
        name,
        `${perCpuSecond} requests per CPU-second`,
        `${perSecond} a second`,
      ]),
      ...small.latency.map(({ name, p50, p99: worst }) => [
        `${name} at ${small.rate}/s`,
        `p50 ${p50} ms`,
        `p99 ${worst} ms`,
      ]),
      ["CPU per request, 2 workers", `${workers.two} microseconds`, `1 worker: ${workers.one}`],
      ...long.bodies.map(({ direction, extraMiB, seconds }) => [
        `1 GiB ${direction}`,
        `${extraMiB} MiB more`,
        `${seconds} s`,
      ]),
      ["first event", `${long.events.through.first} ms after`, `direct ${long.events.direct.first} ms`],
      ["later events", `p50 ${long.events.through.p50} ms`, `direct ${long.events.direct.p50} ms`],
      ["5,000 idle WebSockets", `${long.sockets.ours} KiB each`, `bare pipe ${long.sockets.pipe} KiB`],
    ],
    notes: [
      "Small GET with a cookie over 32 keep-alive connections, wrk, median of 5 interleaved rounds of 2 s; access log off everywhere.",
      "Ours has everything on: guard, 201 routes, the one asked for in canary by hash of the cookie, forwarded fields, trace, counters, watch.",
      small.pinned
        ? "Each proxy was alone on core 0, load and upstream on core 1."
        : "The processes could not be pinned to cores: taskset is missing.",
      "Each proxy was first shown to answer correctly. CPU time and memory are read from /proc: Linux only.",
      "Delays are counted from the moment a request was due, at 70 % of our own maximum for both.",
    ],
    figures: { small, workers, long },
  };
}
