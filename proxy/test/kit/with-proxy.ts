import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { createLogger } from "@strangler/platform";
import { startProxy, type Proxy, type ProxyConfig } from "../../src/index.ts";
import { createTrustedProxies } from "../../src/guard/trusted-proxies.ts";

export type TestProxy = Proxy & {
  routesFile: string;
  writeRoutes: (text: string) => Promise<void>;
  /** What it has logged, one object a line. */
  log: Record<string, unknown>[];
};

export type WithProxyOptions = { routes: string; trusted?: string[] } & Partial<Omit<ProxyConfig, "isTrusted">>;

/** Lends a running proxy with its routes file in a folder of its own, and closes it whatever happens. */
export async function withProxy<Result>(
  { routes, trusted = [], ...config }: WithProxyOptions,
  use: (proxy: TestProxy) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-proxy-"));
  const routesFile = path.join(folder, "routes.yaml");
  await writeFile(routesFile, routes);
  const log: Record<string, unknown>[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  try {
    const proxy = await startProxy(
      {
        routesFile,
        host: "127.0.0.1",
        port: 0,
        adminHost: "127.0.0.1",
        adminPort: 0,
        isTrusted: createTrustedProxies(trusted),
        ...config,
      },
      createLogger({ name: "proxy", level: "debug", destination }),
    );
    try {
      return await use({ ...proxy, routesFile, log, writeRoutes: (text) => writeFile(routesFile, text) });
    } finally {
      await proxy.close(0);
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** A routes file with one route, /items/*, whose stage is given as YAML lines. */
export function routesText(monolith: string, service: string, stage = "stage: monolith", extra = ""): string {
  return [
    "services:",
    `  monolith: { url: "${monolith}" }`,
    `  stock: { url: "${service}" }`,
    "sticky: { cookie: sid }",
    "override: { header: x-strangler-route, unsigned: true }",
    "routes:",
    "  - id: items",
    "    match: { path: /items/* }",
    "    service: stock",
    ...stage.split("\n").map((line) => `    ${line}`),
    extra,
    "",
  ].join("\n");
}
