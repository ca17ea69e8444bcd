import { writeFile } from "node:fs/promises";
import path from "node:path";
import { ENGINE_NAMES, type EngineName } from "@strangler/proxy";
import { findEngine, startHaproxy, startNginx, startProcess } from "@strangler/test-kit";
import { startScript, type Endings } from "./processes.ts";

export type Contender = { name: string; url: string; pid: number };

const ROUTES = 200;
const here = (file: string) => path.resolve(import.meta.dirname, file);

/** Ours with one engine, everything on; the route that is asked for stands last of 201 and is in canary. */
export async function startOurs(
  engine: EngineName,
  upstream: string,
  folder: string,
  endings: Endings,
  env: Record<string, string> = {},
): Promise<Contender & { adminUrl: string }> {
  const routesFile = path.join(folder, `routes-${engine}.yaml`);
  await writeFile(routesFile, routesText(upstream));
  const running = startProcess({
    script: here("../../../proxy/src/main.ts"),
    env: { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info", PROXY_ENGINE: engine, ...env },
  });
  endings.push(() => running.kill("SIGTERM"));
  const { url, adminUrl } = JSON.parse(await running.waitForLine(/proxy is listening/)) as Record<
    "url" | "adminUrl",
    string
  >;
  return { name: `strangler, ${engine}`, url, adminUrl, pid: running.pid };
}

/** Everything that is measured side by side: ours with each engine, Node's libraries as their READMEs have them, nginx, HAProxy. */
export async function startContenders(upstream: string, folder: string, endings: Endings): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const engine of ENGINE_NAMES) contenders.push(await startOurs(engine, upstream, folder, endings));
  for (const [name, script] of LIBRARIES) {
    const { port, pid } = await startScript(here(script), [upstream], endings);
    contenders.push({ name, url: `http://127.0.0.1:${port}`, pid });
  }
  const host = new URL(upstream).host;
  for (const [name, start] of [
    ["nginx", () => startNginx(nginxConfig(host))],
    ["haproxy", () => startHaproxy(haproxyConfig(host))],
  ] as const) {
    if (findEngine(name) === undefined) continue;
    const engine = await start();
    endings.push(engine.close);
    contenders.push({ name, url: engine.url, pid: engine.pid });
  }
  return contenders;
}

// --- internal ---

const LIBRARIES = [
  ["express + http-proxy-middleware", "bare-express.ts"],
  ["bare http-proxy-middleware", "bare-hpm.ts"],
  ["@fastify/http-proxy", "bare-fastify.ts"],
] as const;

function routesText(upstream: string): string {
  const others = Array.from({ length: ROUTES }, (_, index) => `/api/area-${index}/:id`);
  const routes = others.map(
    (match, index) => `  - { id: r${index}, match: { path: "${match}" }, service: stock, stage: monolith }`,
  );
  return [
    `services: { monolith: { url: "${upstream}" }, stock: { url: "${upstream}" } }`,
    "sticky: { cookie: sid }",
    "routes:",
    ...routes,
    `  - { id: things, match: { path: "/api/things/:id" }, service: stock, stage: canary, percent: 50 }`,
    `  - { id: down, match: { path: "/down" }, service: stock, stage: canary, percent: 50 }`,
    "",
  ].join("\n");
}

function nginxConfig(upstream: string) {
  return (port: number) => `
  keepalive_requests 100000000;
  upstream monolith { server ${upstream}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://monolith;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }`;
}

function haproxyConfig(upstream: string) {
  return (port: number) => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend customers
  bind 127.0.0.1:${port}
  default_backend monolith
backend monolith
  http-reuse always
  server one ${upstream}
`;
}
