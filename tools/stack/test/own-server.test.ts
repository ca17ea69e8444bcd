import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findStackEnvironment, readStackStatus, stopStack } from "@strangler/stack";
import { startOwnCluster, type OwnCluster, type PostgresVersion } from "@strangler/test-kit";
import pg from "pg";
import { failureOf, withNotes } from "./notes-stack.ts";

const NAMES = `
  SELECT datname AS name FROM pg_database WHERE NOT datistemplate
  UNION ALL SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'
  ORDER BY name`;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe.each<PostgresVersion>([15, 18])("on a PostgreSQL %i of the user's own", (version) => {
  let server: OwnCluster;
  let databaseUrl: string;
  const names = async () => (await query(databaseUrl, NAMES)).map(({ name }) => name);

  beforeAll(async () => {
    server = await startOwnCluster({ version });
    databaseUrl = server.url("postgres");
  });
  afterAll(() => server.remove());

  test("the stack comes up there; a purge drops what was made and nothing else", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await query(databaseUrl, "CREATE DATABASE precious");
      const before = await names();

      await up({ databaseUrl });

      expect(await names()).toEqual(
        [...before, "strangler_notes", "strangler_notes_owner", "strangler_watcher", "strangler_writer"].sort(),
      );
      const { STRANGLER_FRONT_URL } = await findStackEnvironment(stateDirectory);
      expect(await (await fetch(`${STRANGLER_FRONT_URL}/`)).json()).toEqual({ notes: 10 });
      expect((await readStackStatus(stateDirectory)).server).toEqual({ kind: "own", at: `127.0.0.1:${server.port}` });
      await stopStack({ stateDirectory, purge: true, confirm: () => Promise.resolve(true) });
      expect(await names()).toEqual(before);
      await query(databaseUrl, "DROP DATABASE precious");
    }));

  test("nothing is dropped before somebody has said yes", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up({ databaseUrl });

      const error = await failureOf(stopStack({ stateDirectory, purge: true }));

      expect(error).toMatchObject({ code: "PURGE_NOT_CONFIRMED", exitCode: 5 });
      expect(error.message).toContain("strangler_notes, strangler_notes_owner");
      expect(await names()).toContain("strangler_notes");
      expect((await readStackStatus(stateDirectory)).state).toBe("up");
    }));

  test("a slot that a stream has left does not keep its database from being dropped", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up({ databaseUrl });
      const { STRANGLER_CAPTURE_NOTES_URL = "" } = await findStackEnvironment(stateDirectory);
      await query(STRANGLER_CAPTURE_NOTES_URL, "SELECT pg_create_logical_replication_slot('left', 'pgoutput')");

      await stopStack({ stateDirectory, purge: true, confirm: () => Promise.resolve(true) });

      expect(await names()).not.toContain("strangler_notes");
      expect(await query(databaseUrl, "SELECT 1 FROM pg_replication_slots")).toEqual([]);
    }));

  test("a database of that name that was there before is left alone", () =>
    withNotes(async ({ up }) => {
      await query(databaseUrl, "CREATE DATABASE strangler_notes");

      const error = await failureOf(up({ databaseUrl }));

      expect(error).toMatchObject({ code: "NAME_TAKEN", exitCode: 5 });
      expect(error.message).toMatch(/^The database "strangler_notes" is on .* was not made by this stack/);
      await query(databaseUrl, "DROP DATABASE strangler_notes");
    }));

  test("its data is not looked for on the embedded server later, nor on another one", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up({ databaseUrl });
      await stopStack({ stateDirectory, purge: false });

      const error = await failureOf(up({ databaseUrl: "postgres://postgres@127.0.0.1:1/postgres" }));

      expect(error).toMatchObject({ code: "SERVER_DIFFERS", exitCode: 5 });
      await up();
      expect((await readStackStatus(stateDirectory)).server).toMatchObject({ kind: "own" });
    }));

  test("an address that does not let us in: the reason without the password, and nothing sticks", () =>
    withNotes(async ({ up }) => {
      const wrong = new URL(databaseUrl);
      wrong.password = "mistyped-one";

      const error = await failureOf(up({ databaseUrl: wrong.href }));

      expect(error).toMatchObject({ code: "SERVER_UNREACHABLE", exitCode: 4 });
      expect(error.message).toMatch(/password authentication failed.*correct --database-url/);
      expect(error.message).not.toContain("mistyped-one");
      await up();
    }));
});

test("a server without logical replication is refused with the command that mends it", () =>
  withNotes(async ({ up }) => {
    const server = await startOwnCluster({ settings: { wal_level: "replica" } });
    try {
      const error = await failureOf(up({ databaseUrl: server.url("postgres") }));

      expect(error).toMatchObject({ code: "SERVER_UNFIT", exitCode: 4 });
      expect(error.message).toContain("ALTER SYSTEM SET wal_level = logical");
    } finally {
      await server.remove();
    }
  }));
