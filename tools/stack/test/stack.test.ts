import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { findStackEnvironment, readStackStatus, stopStack, type StackStatus } from "@strangler/stack";
import pg from "pg";
import { statePaths } from "../src/state/state-directory.ts";
import { withNotes } from "./notes-stack.ts";

async function pidOf(stateDirectory: string, name: string): Promise<number> {
  const { processes } = await readStackStatus(stateDirectory);
  return processes.find((status) => status.name === name)?.pid ?? 0;
}

const states = ({ processes }: StackStatus) => Object.fromEntries(processes.map(({ name, state }) => [name, state]));

async function query(url: string | undefined, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url ?? "" });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function commandLines(): string {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.map((pid) => tryRead(`/proc/${pid}/cmdline`)).join("\n");
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

describe("a stack", () => {
  test("comes up whole: database migrated and filled, every process healthy and told of the others", () =>
    withNotes(async ({ stateDirectory, up }) => {
      const { started } = await up();

      expect(started).toEqual(["answers", "front"]);
      expect(states(await readStackStatus(stateDirectory))).toEqual({
        postgres: "healthy",
        answers: "healthy",
        front: "healthy",
      });
      const { STRANGLER_FRONT_URL } = await findStackEnvironment(stateDirectory);
      expect(await (await fetch(`${STRANGLER_FRONT_URL}/`)).json()).toEqual({ notes: 10 });
    }));

  test("is left alone by a second up", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      const before = await pidOf(stateDirectory, "front");

      const { started } = await up();

      expect(started).toEqual([]);
      expect(await pidOf(stateDirectory, "front")).toBe(before);
    }));

  test("shows a process that was killed, and up starts that one again", () =>
    withNotes(async ({ stateDirectory, up, said }) => {
      await up();
      const survivor = await pidOf(stateDirectory, "answers");
      process.kill(await pidOf(stateDirectory, "front"), "SIGKILL");
      const status = await waitFor("status to notice", async () => {
        const now = await readStackStatus(stateDirectory);
        return states(now)["front"] === "dead" && now;
      });
      expect(status.state).toBe("partly");
      expect(states(status)).toMatchObject({ answers: "healthy" });

      const { started } = await up();

      expect(started).toEqual(["front"]);
      expect(said).toContainEqual(expect.stringMatching(/front had ended/));
      expect(await pidOf(stateDirectory, "answers")).toBe(survivor);
      expect((await readStackStatus(stateDirectory)).state).toBe("up");
    }));

  test("keeps its data from one up to the next, and does not fill the database twice", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      const before = await findStackEnvironment(stateDirectory);
      await query(before["STRANGLER_DATABASE_NOTES_URL"], "INSERT INTO notes (body) VALUES ('kept')");
      await stopStack({ stateDirectory, purge: false });
      expect(states(await readStackStatus(stateDirectory))).toEqual({
        postgres: "stopped",
        answers: "stopped",
        front: "stopped",
      });

      await up();

      const { STRANGLER_DATABASE_NOTES_URL } = await findStackEnvironment(stateDirectory);
      expect(await query(STRANGLER_DATABASE_NOTES_URL, "SELECT count(*)::int AS notes FROM notes")).toEqual([
        { notes: 11 },
      ]);
    }));

  test("leaves no process, no port and no file after a purge", () =>
    withNotes(async ({ stateDirectory, up }) => {
      const home = path.dirname(stateDirectory);
      const before = { home: readdirSync(home), shared: readdirSync("/var/tmp") };
      await up();
      const { processes } = await readStackStatus(stateDirectory);

      const { stopped } = await stopStack({ stateDirectory, purge: true });

      expect(stopped).toEqual(["front", "answers", "postgres"]);
      expect({ home: readdirSync(home), shared: readdirSync("/var/tmp") }).toEqual(before);
      expect(commandLines()).not.toContain(stateDirectory);
      const alive = processes.filter(({ pid }) => existsSync(`/proc/${pid}/exe`));
      expect(alive).toEqual([]);
      for (const port of processes.flatMap(({ ports }) => Object.values(ports))) {
        await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
      }
    }));

  test("keeps its secrets out of command lines and logs, in a file of its owner's", () =>
    withNotes(async ({ stateDirectory, up, said }) => {
      await up();
      const paths = statePaths(stateDirectory);
      const { superuser, roles, named } = JSON.parse(readFileSync(paths.secrets, "utf8")) as {
        superuser: string;
        roles: Record<string, string>;
        named: Record<string, string>;
      };
      const secrets = [superuser, ...Object.values(roles), ...Object.values(named)];

      const logs = readdirSync(paths.logs).map((file) => tryRead(path.join(paths.logs, file)));
      const serverLog = tryRead(path.join(paths.postgres, "data/server.log"));
      const shown = [commandLines(), ...logs, serverLog, ...said, tryRead(paths.record)].join("\n");

      expect(secrets).toHaveLength(5);
      expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
      expect(statSync(paths.secrets).mode & 0o777).toBe(0o600);
    }));

  test("tells the memory of all its processes, shared pages counted once", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();

      const { memoryBytes = 0, processes } = await readStackStatus(stateDirectory);

      expect(memoryBytes).toBeGreaterThan(30e6);
      expect(memoryBytes).toBe(processes.reduce((sum, { memoryBytes: bytes = 0 }) => sum + bytes, 0));
    }));

  test("ends what an interrupted up has left behind and nobody wrote down", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      const forgotten = await pidOf(stateDirectory, "front");
      const { rm } = await import("node:fs/promises");
      await rm(path.join(statePaths(stateDirectory).run, "front.json"));

      await stopStack({ stateDirectory, purge: false });

      expect(existsSync(`/proc/${forgotten}/exe`)).toBe(false);
    }));
});

describe("the roles of a stack", () => {
  test("the owner owns, capture reads, apply writes, also tables that came later, and none may do more", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      const environment = await findStackEnvironment(stateDirectory);
      const owner = environment["STRANGLER_DATABASE_NOTES_URL"];
      const capture = environment["STRANGLER_CAPTURE_NOTES_URL"];
      const apply = environment["STRANGLER_APPLY_NOTES_URL"];
      await query(owner, "CREATE TABLE later (id int PRIMARY KEY)");

      expect(await query(capture, "SELECT count(*)::int AS found FROM later")).toEqual([{ found: 0 }]);
      await expect(query(capture, "INSERT INTO later VALUES (1)")).rejects.toThrow(/permission denied/);
      await query(apply, "INSERT INTO later VALUES (1)");
      await query(apply, "SET session_replication_role = replica");
      await query(apply, "CREATE TABLE strangler.positions (id int)");
      await expect(query(apply, "CREATE TABLE public.mine (id int)")).rejects.toThrow(/permission denied/);
      await expect(query(apply, "DROP TABLE later")).rejects.toThrow(/must be owner/);
      await expect(query(owner, "CREATE ROLE more")).rejects.toThrow(/permission denied/);
      const rights = "SELECT rolname, rolreplication FROM pg_roles WHERE rolname IN ('watcher', 'writer') ORDER BY 1";
      expect(await query(owner, rights)).toEqual([
        { rolname: "watcher", rolreplication: true },
        { rolname: "writer", rolreplication: false },
      ]);
    }));
});
