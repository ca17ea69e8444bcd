import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import { Pool } from "undici";

/** So many routes of one proxy turn bad, each at its own moment; each is a sample. */
export type RealCase = { routes: number; perSecond: number; percent: number; failing: number };

export type RollBack = {
  route: string;
  /** From the first request that could fail to the last answer of the candidate, in seconds. */
  undoneSeconds: number;
  /** How many customers met an error, and how many the candidate answered after it had turned bad. */
  errors: number;
  answers: number;
};

const PROXY = path.resolve(import.meta.dirname, "../../../proxy/src/main.ts");
const WARM_SECONDS = 30;
const LIMIT_SECONDS = 120;

/** A real proxy, real upstreams, and customers who come whether they are answered or not (open loop, evenly spaced, at random keys). */
export async function measureRollBacks(real: RealCase): Promise<RollBack[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-roll-back-"));
  const bad = new Map<string, number>();
  const monolith = await startUpstream(() => false);
  const service = await startUpstream((route) => Math.random() < (bad.get(route) ?? 0));
  let proxy: TestProcess | undefined;
  try {
    const routesFile = path.join(folder, "routes.yaml");
    await writeFile(routesFile, routesText(portOf(monolith), portOf(service), real));
    proxy = startProcess({
      script: PROXY,
      env: { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info" },
    });
    const { url } = JSON.parse(await proxy.waitForLine(/proxy is listening/)) as { url: string };
    const customers = startCustomers(url, real);
    try {
      return await breakEach(real, bad, customers);
    } finally {
      await customers.stop();
    }
  } finally {
    await proxy?.kill("SIGKILL");
    for (const server of [monolith, service]) server.close().closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

type Answer = { at: number; servedBy: string; failed: boolean };
type Customers = { answers: Map<string, Answer[]>; stop: () => Promise<void> };

async function breakEach({ routes, failing }: RealCase, bad: Map<string, number>, { answers }: Customers) {
  await wait(WARM_SECONDS * 1000);
  return Promise.all(
    Array.from({ length: routes }, async (_, index) => {
      const route = `r${index}`;
      await wait(index * 500);
      const brokenAt = performance.now();
      bad.set(route, failing);
      const since = () => (answers.get(route) ?? []).filter(({ at }) => at >= brokenAt);
      // Undone when for two seconds nobody has met the candidate.
      await waitFor(
        `route ${route} to go back`,
        () =>
          performance.now() -
            Math.max(
              brokenAt,
              ...since()
                .filter(isCandidate)
                .map(({ at }) => at),
            ) >
          2_000,
        { limitMs: LIMIT_SECONDS * 1000, everyMs: 200 },
      );
      const met = since().filter(isCandidate);
      return {
        route,
        undoneSeconds: (Math.max(...met.map(({ at }) => at)) - brokenAt) / 1000,
        errors: met.filter(({ failed }) => failed).length,
        answers: met.length,
      };
    }),
  );
}

function isCandidate({ servedBy }: Answer): boolean {
  return servedBy === "stock";
}

function startCustomers(url: string, { routes, perSecond }: RealCase): Customers {
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  const answers = new Map<string, Answer[]>();
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  // Timers are coarse: every few milliseconds as many are sent as are due by then.
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond * routes);
    for (; sent < due; sent += 1) {
      const asking = ask(`r${sent % routes}`).finally(() => open.delete(asking));
      open.add(asking);
    }
  }, 5);

  async function ask(route: string): Promise<void> {
    const cookie = `sid=customer-${Math.floor(Math.random() * 1e9)}`;
    const { statusCode, headers, body } = await pool.request({
      path: `/${route}/7`,
      method: "GET",
      headers: { cookie },
    });
    await body.dump();
    const answer = { at: performance.now(), servedBy: String(headers["x-served-by"]), failed: statusCode >= 500 };
    const list = answers.get(route);
    if (list) list.push(answer);
    else answers.set(route, [answer]);
  }

  return {
    answers,
    stop: async () => {
      clearInterval(timer);
      await Promise.allSettled(open);
      await pool.close();
    },
  };
}

async function startUpstream(fails: (route: string) => boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const route = (request.url ?? "").split("/")[1] ?? "";
    response.statusCode = fails(route) ? 500 : 200;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function routesText(monolith: number, service: number, { routes, percent }: RealCase): string {
  const entries = Array.from({ length: routes }, (_, index) =>
    [
      `  - id: r${index}`,
      `    match: { path: /r${index}/* }`,
      "    service: stock",
      "    stage: canary",
      `    percent: ${percent}`,
    ].join("\n"),
  );
  return [
    "services:",
    `  monolith: { url: "http://127.0.0.1:${monolith}" }`,
    `  stock: { url: "http://127.0.0.1:${service}" }`,
    "sticky: { cookie: sid }",
    "routes:",
    ...entries,
    "",
  ].join("\n");
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
