import path from "node:path";
import { checkStream, getStream, readSourcePosition, readStreams, startStream, waitUntilApplied } from "@strangler/cdc";
import { createLogger, waitFor } from "@strangler/platform";
import { migrate } from "@strangler/stack";
import { startOwnCluster, startProcess, type OwnCluster, type TestProcess } from "@strangler/test-kit";
import pg from "pg";

const ROOT = path.resolve(import.meta.dirname, "../..");
const STREAMS_FILE = path.join(ROOT, "plan/streams.yaml");

/** The seeded monolith and the catalog that the real stream keeps, both as real processes. */
export type TwoSides = {
  monolithUrl: string;
  catalogUrl: string;
  monolithDatabaseUrl: string;
  /** Statements on the monolith's database. */
  change: (sql: string) => Promise<void>;
  /** Waits until the catalog has everything that the monolith has committed so far. */
  catchUp: () => Promise<void>;
  close: () => Promise<void>;
};

export async function startTwoSides(): Promise<TwoSides> {
  const cluster = await startOwnCluster();
  const monolithDatabaseUrl = await buildDatabase(cluster, "monolith");
  const catalogDatabaseUrl = await buildDatabase(cluster, "catalog");
  await seed(monolithDatabaseUrl);
  const stream = await startCatalogStream(monolithDatabaseUrl, catalogDatabaseUrl);
  const monolith = startShop("monolith/src/main.ts", { DATABASE_URL: monolithDatabaseUrl, JOBS: "off" });
  const catalog = startShop("extracted/catalog/src/main.ts", { DATABASE_URL: catalogDatabaseUrl });
  return {
    monolithUrl: await urlOf(monolith),
    catalogUrl: await urlOf(catalog),
    monolithDatabaseUrl,
    change: (sql) => withClient(monolithDatabaseUrl, async (client) => void (await client.query(sql))),
    catchUp: stream.catchUp,
    close: async () => {
      await Promise.all([monolith.kill("SIGTERM"), catalog.kill("SIGTERM"), stream.close()]);
      await cluster.remove();
    },
  };
}

// --- internal ---

async function buildDatabase(cluster: OwnCluster, name: string): Promise<string> {
  await withClient(cluster.url("postgres"), async (server) => void (await server.query(`CREATE DATABASE ${name}`)));
  await migrate(cluster.url(name), path.join(ROOT, "migrations", name));
  return cluster.url(name);
}

async function seed(databaseUrl: string): Promise<void> {
  const seeding = startProcess({
    script: path.join(ROOT, "monolith/seeds/main.ts"),
    args: ["--size", "small"],
    env: { DATABASE_URL: databaseUrl },
  });
  const { status } = await seeding.exited;
  if (status !== 0) throw new Error(`The shop could not be seeded: ${seeding.lines.join("\n")}`);
}

async function startCatalogStream(source: string, target: string) {
  const plan = getStream(await readStreams(STREAMS_FILE), "catalog", STREAMS_FILE);
  const addresses = { source, target, capture: source, apply: target };
  const problems = await checkStream(plan, addresses);
  if (problems.length > 0) throw new Error(`The stream cannot run: ${JSON.stringify(problems)}`);

  const stream = startStream({ plan, addresses, log: createLogger({ name: "stream", level: "silent" }) });
  await Promise.race([
    stream.finished,
    waitFor("the stream to follow", () => stream.status().state === "following", { limitMs: 30_000 }),
  ]);
  return {
    close: stream.close,
    catchUp: async () => waitUntilApplied(plan, addresses, await readSourcePosition(source), { limitMs: 30_000 }),
  };
}

function startShop(script: string, env: Record<string, string>): TestProcess {
  return startProcess({ script: path.join(ROOT, script), env: { ...env, PORT: "0", LOG_LEVEL: "info" } });
}

async function urlOf(shop: TestProcess): Promise<string> {
  const line = await shop.waitForLine(/"url":"http:/);
  return (JSON.parse(line) as { url: string }).url;
}

async function withClient(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
