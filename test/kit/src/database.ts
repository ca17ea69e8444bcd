import { randomBytes } from "node:crypto";
import { waitFor } from "@strangler/platform";
import pg from "pg";

/** How a database looks at the start of a test. It is built once a run and cloned for every test file. */
export type Template = { name: string; build: (url: string) => Promise<void> };

export type TestDatabase = {
  name: string;
  /** The superuser's address. */
  url: string;
  query: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;
  drop: () => Promise<void>;
};

/** A new database on the shared server: a clone of the template, or empty. The caller drops it. */
export async function createDatabase(template?: Template): Promise<TestDatabase> {
  if (template) await buildTemplateOnce(template);
  const name = `test_${randomBytes(6).toString("hex")}`;
  await withServer((server) => cloneDatabase(server, name, template ? template.name : "template0"));
  const url = databaseUrl(name);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // The server is allowed to end sessions: tests do it on purpose.
  pool.on("error", () => undefined);
  return {
    name,
    url,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await pool.query<Row>(sql, values)).rows,
    drop: async () => {
      await pool.end();
      await withServer((server) => server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Lends a database and drops it afterwards, whatever happens. */
export async function withDatabase<Result>(
  template: Template | undefined,
  use: (database: TestDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await createDatabase(template);
  try {
    return await use(database);
  } finally {
    await database.drop();
  }
}

// --- internal ---

function serverUrl(): string {
  const url = process.env["STRANGLER_TEST_CLUSTER_URL"];
  if (url === undefined)
    throw new Error("The shared test server is not running. Start tests with the repository's jest.config.mjs.");
  return url;
}

function databaseUrl(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

async function withServer<Result>(use: (server: pg.Client) => Promise<Result>): Promise<Result> {
  const server = new pg.Client({ connectionString: serverUrl() });
  await server.connect();
  try {
    return await use(server);
  } finally {
    await server.end();
  }
}

// Test files run in several processes; the first to need a template builds it while the others wait for the lock.
async function buildTemplateOnce({ name, build }: Template): Promise<void> {
  await withServer(async (server) => {
    await server.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await server.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount !== 0) return;
    const unfinished = `${name}_unfinished`;
    await server.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await server.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
    await build(databaseUrl(unfinished));
    await waitFor("the last session of the template to end", () =>
      server.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`),
    );
  });
}

// A template cannot be copied while another session, even an ending one, is connected to it.
async function cloneDatabase(server: pg.Client, name: string, template: string): Promise<void> {
  await waitFor(`a copy of ${template}`, () => server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`), {
    limitMs: 30_000,
  });
}
