import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { createLogger, waitFor } from "@strangler/platform";
import { DEFAULT_ENGINE, startProxy } from "@strangler/proxy";

export type GardenProxy = { name: string; port: number; stop: () => Promise<void> };

/** Where Debian and others put them. */
export const BINARIES = {
  nginx: ["/usr/sbin/nginx", "/usr/local/bin/nginx"],
  haproxy: ["/usr/sbin/haproxy", "/usr/local/bin/haproxy"],
};

/** The first of these files that is there. */
export async function findBinary(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const there = await access(place).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  return undefined;
}

/** Starts all proxies that are installed before this upstream, with the plain configuration that everybody begins with. */
export async function startGarden(upstream: string, folder: string): Promise<GardenProxy[]> {
  const nginx = await findBinary(BINARIES.nginx);
  const haproxy = await findBinary(BINARIES.haproxy);
  return [
    await startOurs(upstream, folder),
    ...(nginx === undefined ? [] : [await startNginx(nginx, upstream, folder)]),
    ...(haproxy === undefined ? [] : [await startHaproxy(haproxy, upstream, folder)]),
  ];
}

// --- internal ---

async function startOurs(upstream: string, folder: string): Promise<GardenProxy> {
  const routesFile = path.join(folder, "routes.yaml");
  await writeFile(routesFile, `services: { monolith: { url: "${upstream}" } }\nroutes: []\n`);
  const listeners = { host: "127.0.0.1", port: 0, adminHost: "127.0.0.1", adminPort: 0 };
  const config = { routesFile, ...listeners, isTrusted: () => false, engine: DEFAULT_ENGINE };
  const proxy = await startProxy(config, createLogger({ name: "proxy", level: "silent" }));
  return { name: "this proxy", port: Number(new URL(proxy.url).port), stop: () => proxy.close(0) };
}

async function startNginx(binary: string, upstream: string, folder: string): Promise<GardenProxy> {
  const port = await freePort();
  const file = path.join(folder, "nginx.conf");
  const server = `listen 127.0.0.1:${port}; location / { proxy_pass ${upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }`;
  await writeFile(
    file,
    [
      `pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; daemon off; master_process off; events {}`,
      `http { access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")} server { ${server} } }`,
    ].join("\n"),
  );
  const stop = await start(binary, ["-p", folder, "-c", file, "-e", `${folder}/nginx.log`], port);
  const { stderr } = await promisify(execFile)(binary, ["-v"]);
  return { name: `nginx ${/nginx\/(\S+)/.exec(stderr)?.[1] ?? ""}`, port, stop };
}

async function startHaproxy(binary: string, upstream: string, folder: string): Promise<GardenProxy> {
  const port = await freePort();
  const file = path.join(folder, "haproxy.cfg");
  const lines = [
    "defaults",
    ...["  mode http", "  timeout client 5s", "  timeout server 5s", "  timeout connect 5s", "  option forwardfor"],
    ...[
      "frontend all",
      `  bind 127.0.0.1:${port}`,
      "  default_backend one",
      "backend one",
      `  server one ${new URL(upstream).host}`,
    ],
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const stop = await start(binary, ["-db", "-f", file], port);
  const { stdout } = await promisify(execFile)(binary, ["-v"]);
  return { name: `HAProxy ${/version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? ""}`, port, stop };
}

async function start(binary: string, args: readonly string[], port: number): Promise<() => Promise<void>> {
  const child = spawn(binary, args, { stdio: "ignore" });
  const exited = once(child, "exit");
  await waitFor(`${binary} to listen`, async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0);
  return async () => {
    child.kill("SIGKILL");
    await exited;
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
