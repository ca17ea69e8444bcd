import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ENGINE_NAMES } from "@strangler/proxy";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import { Pool } from "undici";
import { readCpuSeconds } from "./cpu-time.ts";
import type { BenchOptions, BenchResult } from "./result.ts";

const ROUNDS = 5;
const ROUND_MS = 1_500;
const CONNECTIONS = 32;
const ROUTES = 200;

type Contender = { name: string; url: string; pid: number };
type Round = { requests: number; cpuSeconds: number };

/** Requests per CPU-second of the proxy's own process: small GET, keep-alive, all features on, beside bare yardsticks in the same run. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-bench-proxy-"));
  const started: Ending[] = [];
  try {
    const upstream = await startUpstream(started);
    const contenders = await startContenders(upstream, folder, started);
    for (const contender of contenders) await proveCorrect(contender);
    const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
    // Round by round in turn: what else the machine does meanwhile meets all of them.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const contender of contenders) {
        const measured = await measure(contender);
        progress(
          `${round === 0 ? "warm-up" : `round ${round}`}: ${contender.name} ${Math.round(perSecond(measured))}/CPU-s`,
        );
        if (round > 0) rounds.get(contender.name)?.push(measured);
      }
    }
    return toResult(rounds);
  } finally {
    await Promise.all(started.map((end) => end()));
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

type Ending = () => Promise<void>;

const here = (file: string) => path.resolve(import.meta.dirname, file);

async function startUpstream(started: Ending[]): Promise<string> {
  const { port } = await startScript({ script: here("fixed-upstream.ts"), args: ["monolith"] }, started);
  return `http://127.0.0.1:${port}`;
}

async function startScript(options: Parameters<typeof startProcess>[0], started: Ending[]) {
  const running: TestProcess = startProcess(options);
  started.push(() => running.kill("SIGKILL"));
  const { port } = JSON.parse(await running.waitForLine(/^\{"port"/)) as { port: number };
  return { port, pid: running.pid };
}

async function startContenders(upstream: string, folder: string, started: Ending[]): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const engine of ENGINE_NAMES) contenders.push(await startOurs(engine, upstream, folder, started));
  const bare = await startScript({ script: here("bare-hpm.ts"), args: [upstream] }, started);
  contenders.push({ name: "bare http-proxy-middleware", url: `http://127.0.0.1:${bare.port}`, pid: bare.pid });
  const nginx = await startNginx(upstream, folder, started);
  return nginx ? [...contenders, nginx] : contenders;
}

async function startOurs(engine: string, upstream: string, folder: string, started: Ending[]): Promise<Contender> {
  const routesFile = path.join(folder, "routes.yaml");
  await writeFile(routesFile, routesText(upstream));
  const running = startProcess({
    script: here("../../proxy/src/main.ts"),
    env: { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info", PROXY_ENGINE: engine },
  });
  started.push(() => running.kill("SIGKILL"));
  const { url } = JSON.parse(await running.waitForLine(/proxy is listening/)) as { url: string };
  return { name: `strangler, ${engine}`, url, pid: running.pid };
}

// As many routes as a large plan has; the one asked for stands last.
function routesText(upstream: string): string {
  const others = Array.from({ length: ROUTES }, (_, index) => `/api/area-${index}/:id`);
  const routes = [...others, "/api/things/:id"].map(
    (match, index) => `  - { id: r${index}, match: { path: "${match}" }, service: stock, stage: monolith }`,
  );
  const services = `services: { monolith: { url: "${upstream}" }, stock: { url: "${upstream}" } }`;
  return `${services}\nroutes:\n${routes.join("\n")}\n`;
}

async function startNginx(upstream: string, folder: string, started: Ending[]): Promise<Contender | undefined> {
  const binary = await findNginx();
  if (binary === undefined) return undefined;
  const port = await freePort();
  const config = path.join(folder, "nginx.conf");
  await writeFile(config, nginxConfig(upstream, folder, port));
  const child = spawn(binary, ["-p", folder, "-c", config, "-e", path.join(folder, "error.log")], { stdio: "ignore" });
  const exited = once(child, "exit");
  started.push(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor("nginx", async () => (await fetch(url)).ok);
  return { name: "nginx", url, pid: child.pid ?? 0 };
}

async function findNginx(): Promise<string | undefined> {
  for (const candidate of ["/usr/sbin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"]) {
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

function nginxConfig(upstream: string, folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join("\n");
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  keepalive_requests 1000000;
  upstream monolith { server ${new URL(upstream).host}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://monolith;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function proveCorrect({ name, url }: Contender): Promise<void> {
  const answer = await fetch(`${url}/api/things/7?a=b`);
  const { items } = (await answer.json()) as { items: unknown[] };
  if (answer.status !== 200 || items.length !== 8) throw new Error(`${name} does not answer correctly`);
}

async function measure({ url, pid }: Contender): Promise<Round> {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  const before = (await readCpuSeconds(pid)) ?? 0;
  const until = performance.now() + ROUND_MS;
  let requests = 0;
  const client = async () => {
    while (performance.now() < until) {
      const { statusCode, body } = await pool.request({ path: "/api/things/7?a=b", method: "GET" });
      await body.dump();
      if (statusCode !== 200) throw new Error(`status ${statusCode} from ${url}`);
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const cpuSeconds = ((await readCpuSeconds(pid)) ?? 0) - before;
  await pool.close();
  return { requests, cpuSeconds };
}

function perSecond({ requests, cpuSeconds }: Round): number {
  return requests / cpuSeconds;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function toResult(rounds: ReadonlyMap<string, Round[]>): BenchResult {
  const figures = Object.fromEntries(
    [...rounds].map(([name, each]) => [name, Math.round(median(each.map(perSecond)))]),
  );
  const bare = figures["bare http-proxy-middleware"] ?? 0;
  const nginx = figures["nginx"];
  const ours = Object.entries(figures).filter(([name]) => name.startsWith("strangler"));
  const ratios = ours.flatMap(([name, value]) => [
    [`${name} / bare http-proxy-middleware`, round(value / bare)],
    ...(nginx === undefined ? [] : [[`${name} / nginx`, round(value / nginx)]]),
  ]);
  return {
    name: "proxy",
    ratios: Object.fromEntries(ratios) as Record<string, number>,
    table: [
      ["proxy", "requests per CPU-second", "of bare http-proxy-middleware", "of nginx"],
      ...Object.entries(figures).map(([name, value]) => [
        name,
        value,
        round(value / bare),
        nginx === undefined ? "not installed" : round(value / nginx),
      ]),
    ],
    notes: [
      `Small GET over ${CONNECTIONS} keep-alive connections, median of ${ROUNDS} interleaved rounds of ${ROUND_MS} ms; access log off.`,
      `Ours has everything on: guard, a table of ${ROUTES + 1} routes, decision, forwarded fields, request id, trace, counters.`,
      "Each proxy was first shown to answer correctly. CPU time is read from /proc: Linux only.",
    ],
    figures: { rounds: Object.fromEntries(rounds) },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
