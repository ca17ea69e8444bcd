import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger, listen, waitFor } from "@strangler/platform";
import { serveStream, type ServedStream, type StreamAddresses, type StreamPlan } from "@strangler/cdc";
import { readConfig, startProxy, type Proxy, type RouteReport } from "@strangler/proxy";
import { startOwnCluster, type OwnCluster } from "@strangler/test-kit";
import pg from "pg";

// A monolith that writes and reads its own database, a service that reads a copy which a real stream keeps, and two replicas of
// the proxy before them. All reads are given to the service, all writes to the monolith.

const SECRET = "what-the-replicas-of-the-proxy-share";
const TOKEN = "what-readers-of-positions-know";

const PLAN: StreamPlan = {
  name: "stock",
  source: "old",
  target: "new",
  tables: [{ from: "public.items", to: "public.items", key: ["id"], columns: { id: "id", label: "label" } }],
};

describe("a customer who has just written", () => {
  let source: OwnCluster;
  let target: OwnCluster;
  let addresses: StreamAddresses;
  let stream: ServedStream;
  let servers: Server[];
  let pools: pg.Pool[];
  let folder: string;
  let replicas: Proxy[];

  beforeAll(async () => {
    [source, target] = await Promise.all([startOwnCluster(), startOwnCluster()]);
    const [sourceUrl, targetUrl] = [source.url("postgres"), target.url("postgres")];
    addresses = { source: sourceUrl, target: targetUrl, capture: sourceUrl, apply: targetUrl };
    pools = [sourceUrl, targetUrl].map((connectionString) => new pg.Pool({ connectionString, max: 8 }));
    for (const pool of pools) {
      pool.on("error", () => undefined);
      await pool.query("CREATE TABLE items (id int PRIMARY KEY, label text)");
    }
    stream = await startFollowing(addresses);
    servers = pools.map((pool) =>
      createServer((request, response) => void answer(pool, request).then((text) => response.end(text))),
    );
    const [monolith = 0, service = 0] = await Promise.all(servers.map((server) => listen(server, "127.0.0.1", 0)));
    folder = await mkdtemp(path.join(tmpdir(), "own-write-"));
    const routesFile = path.join(folder, "routes.yaml");
    await writeFile(routesFile, routesText(monolith, service, stream.url));
    replicas = [await startReplica(routesFile), await startReplica(routesFile)];
    await waitFor("the replicas to hear the stream", async () => {
      const states = await Promise.all(replicas.map(streamState));
      return states.every((state) => state?.reachable === true && state.applied !== undefined);
    });
  }, 60_000);

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close(0)));
    await stream.close();
    for (const server of servers) server.close();
    await Promise.all(pools.map((pool) => pool.end()));
    await Promise.all([source.remove(), target.remove(), rm(folder, { recursive: true })]);
  }, 60_000);

  test("reads it from the monolith while the stream lags, at every replica, and from the service as soon as it is there", async () => {
    const [one, other] = replicas as [Proxy, Proxy];
    const release = await holdBack(target);
    const ada = customer();
    const bob = customer();
    await ada.write(one, 1, "hers");

    expect(await ada.read(one, 1)).toEqual({ by: "monolith", label: "hers" });
    expect(await ada.read(other, 1)).toEqual({ by: "monolith", label: "hers" });
    expect(await bob.read(other, 2)).toEqual({ by: "stock", label: "" });

    await release();
    await waitFor("her reads to come back to the service", async () => {
      const { by, label } = await ada.read(other, 1);
      expect(label).toBe("hers");
      return by === "stock";
    });
  });

  test("is kept from the service by no write but her own, and by hers only until it is applied", async () => {
    const [one] = replicas as [Proxy, Proxy];
    const release = await holdBack(target);
    const ada = customer();
    // A table that no stream carries moves the log on, and nothing else.
    await pools[0]?.query("CREATE TABLE IF NOT EXISTS elsewhere (id int)");
    await pools[0]?.query("INSERT INTO elsewhere VALUES (1)");
    expect((await customer().read(one, 1)).by).toBe("stock");
    await ada.write(one, 3, "first");
    expect((await ada.read(one, 3)).by).toBe("monolith");

    await release();

    await waitFor("the service", async () => (await ada.read(one, 3)).by === "stock");
  });

  test("always finds what she wrote, however fast she reads, at whichever replica", async () => {
    const answeredBy = new Set<string>();
    const customers = Array.from({ length: 8 }, (_, number) => ({ ...customer(), id: 1_000 + number }));

    await Promise.all(
      customers.map(async ({ id, write, read }) => {
        for (let round = 0; round < 40; round += 1) {
          await write(replicas[round % 2] as Proxy, id, `round ${round}`);
          for (const replica of replicas) {
            const { by, label } = await read(replica, id);
            expect(label).toBe(`round ${round}`);
            answeredBy.add(by);
          }
        }
      }),
    );
    await waitFor("the service to answer them all again", async () => {
      const reads = await Promise.all(customers.map(({ id, read }) => read(replicas[0] as Proxy, id)));
      for (const { by } of reads) answeredBy.add(by);
      return reads.every(({ by }) => by === "stock");
    });

    expect([...answeredBy].sort()).toEqual(["monolith", "stock"]);
  });

  test("cannot make or change the mark, and neither upstream sees it", async () => {
    const [one] = replicas as [Proxy, Proxy];
    const release = await holdBack(target);
    const ada = customer();
    await ada.write(one, 4, "hers");
    const [mark = ""] = ada.cookies();

    expect(mark).toMatch(/^strangler-writes=[a-z0-9]+\.stock:[0-9a-f]{16}\.[\w-]{22}$/);
    expect((await read(one, 4, mark)).by).toBe("monolith");
    expect((await read(one, 4, mark.replace(/:[0-9a-f]/, ":f"))).by).toBe("stock");
    expect((await read(one, 4, `strangler-writes=${Date.now().toString(36)}`)).by).toBe("stock");
    expect(seenCookies.join()).not.toContain("strangler-writes");
    await release();
  });

  // The last one: it ends the stream.
  test("stays with the monolith for the time that the plan gives when the stream says nothing, and the status says so", async () => {
    const [one, other] = replicas as [Proxy, Proxy];
    await stream.close();
    await waitFor("the silence to be noticed", async () => (await streamState(one))?.reachable === false);
    const ada = customer();
    const startedAt = performance.now();
    await ada.write(one, 5, "hers");

    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await ada.read(other, 5)).toEqual({ by: "monolith", label: "hers" });
    const { ownWrites } = await report(one);
    expect(ownWrites.withoutPosition).toEqual([{ stream: "stock", writes: 1 }]);
    expect(ownWrites.held.find(({ route }) => route === "items-read")?.requests).toBeGreaterThan(0);
    expect((await streamState(one))?.problem).toEqual(expect.any(String));

    await waitFor("the time to be over", async () => (await ada.read(other, 5)).by === "stock", { limitMs: 10_000 });
  });
});

// --- internal ---

function routesText(monolith: number, service: number, streamUrl: string): string {
  return `services:
  monolith: { url: "http://127.0.0.1:${monolith}" }
  stock: { url: "http://127.0.0.1:${service}" }
sticky: { cookie: sid }
streams: { stock: { url: "${streamUrl}" } }
routes:
  - id: items-read
    match: { methods: [GET, HEAD], path: /items/:id }
    service: stock
    stage: canary
    percent: 100
    ownWrites: { stream: stock, forMs: 4000 }
`;
}

async function startFollowing(addresses: StreamAddresses): Promise<ServedStream> {
  const stream = await serveStream({ plan: PLAN, addresses, logLevel: "silent", metricsPort: 0, token: TOKEN });
  await waitFor("the stream to follow", () => stream.status().state === "following", { limitMs: 20_000 });
  return stream;
}

function startReplica(routesFile: string): Promise<Proxy> {
  const variables = { PORT: "0", ADMIN_PORT: "0", ROUTES_FILE: routesFile, PROXY_SECRET: SECRET, STREAM_TOKEN: TOKEN };
  return startProxy(readConfig(variables), createLogger({ name: "proxy", level: "silent" }));
}

/** Locks a table of the target, so that the stream cannot commit. Answers the way to let it go on. */
async function holdBack(target: OwnCluster): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: target.url("postgres") });
  await holder.connect();
  // The service can still read what it has.
  await holder.query("BEGIN; LOCK TABLE items IN SHARE MODE");
  return async () => {
    await holder.query("COMMIT");
    await holder.end();
  };
}

const seenCookies: string[] = [];

/** Both upstreams: POST /items/ID writes the body as the label, GET reads it. */
async function answer(pool: pg.Pool, request: IncomingMessage): Promise<string> {
  seenCookies.push(request.headers.cookie ?? "");
  const id = Number(request.url?.split("/").at(-1));
  if (request.method === "GET") {
    const { rows } = await pool.query<{ label: string }>("SELECT label FROM items WHERE id = $1", [id]);
    return rows[0]?.label ?? "";
  }
  let label = "";
  for await (const chunk of request) label += String(chunk);
  await pool.query("INSERT INTO items VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET label = $2", [id, label]);
  return "written";
}

let customers = 0;

/** A browser, as far as its cookies go. */
function customer() {
  customers += 1;
  const jar = new Map([["sid", `customer-${customers}`]]);
  const cookies = () => [...jar].filter(([name]) => name !== "sid").map(([name, value]) => `${name}=${value}`);
  const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  return {
    cookies,
    read: (proxy: Proxy, id: number) => read(proxy, id, header()),
    write: async (proxy: Proxy, id: number, label: string) => {
      const headers = { cookie: header() };
      const written = await fetch(`${proxy.url}/items/${id}`, { method: "POST", headers, body: label });
      expect(written.headers.get("x-served-by")).toBe("monolith");
      expect(await written.text()).toBe("written");
      for (const line of written.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        jar.set(name, value);
      }
    },
  };
}

async function read(proxy: Proxy, id: number, cookie: string): Promise<{ by: string; label: string }> {
  const answered = await fetch(`${proxy.url}/items/${id}`, { headers: { cookie } });
  return { by: answered.headers.get("x-served-by") ?? "", label: await answered.text() };
}

async function report(proxy: Proxy): Promise<RouteReport> {
  return (await fetch(`${proxy.adminUrl}/routes`)).json() as Promise<RouteReport>;
}

async function streamState(proxy: Proxy) {
  return (await report(proxy)).ownWrites.streams.find(({ name }) => name === "stock");
}
