import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { changeRoutes } from "../../src/control/change-routes.ts";
import { initPostgresStore } from "../../src/control/store/init-postgres-store.ts";
import { createPostgresStore } from "../../src/control/store/postgres-store.ts";
import type { RoutesStore } from "../../src/control/store/routes-store.ts";
import { followRoutes } from "../../src/routes/source.ts";
import { describeRoutesStore, ROUTES, to, type StoreUnderTest } from "./store-suite.ts";

const silent = createLogger({ name: "test", level: "silent" });

describeRoutesStore("PostgreSQL", (use) => withTables(use));

describe("the tables", () => {
  test("are made once, and what is there is left alone", () =>
    withTables(async ({ store, database }) => {
      await changeRoutes(store, to("shadow"), "os:anna");

      expect(await initPostgresStore(database.url, { text: ROUTES })).toEqual({
        migrated: 0,
        seeded: false,
        granted: [],
      });
      expect((await store.read()).text).toContain("stage: shadow");
    }));

  test("not made yet are missed with the command that makes them", async () => {
    const database = await createDatabase();
    const store = createPostgresStore(database.url);
    await expect(store.read()).rejects.toMatchObject({ code: "ROUTES_STORE_AWAY", exitCode: 4 });
    await store.close();
    await database.drop();
  });
});

describe("with the rights that the documentation grants", () => {
  test("an operator changes routes, and can neither rewrite the log nor take out of it", () =>
    withRole("operator", async ({ store, query }) => {
      await changeRoutes(store, to("shadow"), "os:anna");
      await store.noticeOutsideEdit();

      expect(await store.history({ limit: 10 })).toHaveLength(2);
      for (const forgery of [
        "UPDATE strangler_routes.audit SET line = ''",
        "DELETE FROM strangler_routes.audit",
        "TRUNCATE strangler_routes.audit",
        "DELETE FROM strangler_routes.state",
        "INSERT INTO strangler_routes.state (text) VALUES ('')",
        "ALTER TABLE strangler_routes.audit ADD COLUMN x int",
      ]) {
        await expect(query(forgery)).rejects.toThrow(/permission denied|must be owner/);
      }
    }));

  test("a replica follows and says what is in force at it, and changes nothing", () =>
    withRole("replica", async ({ store }) => {
      const source = await followRoutes({ store, overrides: {}, log: silent });
      await store.replicas.list();

      await expect(changeRoutes(store, to("shadow"), "os:anna")).rejects.toThrow(/permission denied/);

      source.close();
    }));
});

describe("a database that goes away", () => {
  test("leaves the last good routes in force, and its changes come when it is back", () =>
    withTables(async ({ database }) => {
      const line = await openLine(database.url);
      const store = createPostgresStore(line.url, { pollMs: 50 });
      const source = await followRoutes({ store, overrides: {}, log: silent });

      await line.cut();
      await waitFor("the complaint", () => source.reloadError());
      expect(source.current().routes[0]?.stage).toBe("monolith");
      await expect(changeRoutes(store, to("shadow"), "os:anna")).rejects.toMatchObject({ code: "ROUTES_STORE_AWAY" });
      await line.mend();
      await waitFor("no complaint", () => source.reloadError() === undefined);
      await changeRoutes(store, to("shadow"), "os:anna");
      await waitFor("the change", () => source.current().routes[0]?.stage === "shadow");

      source.close();
      await store.close();
      await line.cut();
    }));

  test("in the middle of notifications: a session that ends is opened again", () =>
    withTables(async ({ store, another, database }) => {
      const follower = another();
      const source = await followRoutes({ store: follower, overrides: {}, log: silent });
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );

      await waitFor("a change to go through", () => changeRoutes(store, to("shadow"), "os:anna"));
      await waitFor("the change", () => source.current().routes[0]?.stage === "shadow");
      source.close();
    }));
});

// --- internal ---

type Given = StoreUnderTest & { database: TestDatabase };

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

async function withTables(use: (given: Given) => Promise<void>): Promise<void> {
  await database.query("DROP SCHEMA IF EXISTS strangler_routes CASCADE");
  await initPostgresStore(database.url, { text: ROUTES });
  const opened: RoutesStore[] = [];
  const another = () => {
    const store = createPostgresStore(database.url, { pollMs: 50 });
    opened.push(store);
    return store;
  };
  try {
    const editOutside = async (text: string) => {
      await database.query("UPDATE strangler_routes.state SET text = $1", [text]);
    };
    await use({ store: another(), another, editOutside, database });
  } finally {
    await Promise.all(opened.map((store) => store.close()));
  }
}

/** A connection to the server that can be cut: nobody gets through, and whoever was through is cut off. */
async function openLine(url: string): Promise<{ url: string; cut: () => Promise<void>; mend: () => Promise<void> }> {
  const target = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String(port);
  return {
    url: through.href,
    cut: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
    mend: async () => {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
  };
}

/** Lends a store that is opened by a role with the rights of the documentation and no others. */
async function withRole(
  kind: "operator" | "replica",
  use: (given: { store: RoutesStore; query: TestDatabase["query"] }) => Promise<void>,
): Promise<void> {
  await withTables(async ({ database: { query, url, name } }) => {
    const role = `${kind}_${name}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'for-tests-only'`);
    await initPostgresStore(url, { text: ROUTES, roles: { [kind]: [role] } });
    const limited = new URL(url);
    limited.username = role;
    limited.password = "for-tests-only";
    const store = createPostgresStore(limited.href);
    try {
      await use({ store, query: (sql) => query(`SET ROLE ${role}; ${sql}`) });
    } finally {
      await store.close();
      await query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
}
