import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { startOwnCluster, startProcess } from "@strangler/test-kit";
import pg from "pg";
import { NOTES } from "./notes-stack.ts";

const MAIN = path.resolve(import.meta.dirname, "../src/main.ts");
const PASSWORDS = {
  PASSWORD_NOTES_OWNER: "owner-word",
  PASSWORD_WATCHER: "watcher-word",
  PASSWORD_WRITER: "writer-word",
};

describe("the one-shot that prepares a server for containers", () => {
  test("makes roles, databases and data once, and changes nothing when it runs again", async () => {
    const server = await startOwnCluster();
    const env = {
      DATABASE_URL: server.url("postgres"),
      PLAN_DIRECTORY: path.join(NOTES, "plan"),
      SEED: "none",
      ...PASSWORDS,
    };
    try {
      const first = await startProcess({ script: MAIN, env }).exited;
      const second = await startProcess({ script: MAIN, env }).exited;

      expect([first.status, second.status]).toEqual([0, 0]);
      const client = new pg.Client(`postgres://watcher:watcher-word@127.0.0.1:${server.port}/notes`);
      await client.connect();
      expect((await client.query("SELECT count(*)::int AS notes FROM notes")).rows).toEqual([{ notes: 0 }]);
      await client.end();
    } finally {
      await server.remove();
    }
  });

  test("names the passwords that are missing, with exit status 3", async () => {
    const env = { DATABASE_URL: "postgres://postgres@127.0.0.1:1/postgres", PLAN_DIRECTORY: path.join(NOTES, "plan") };

    const prepare = startProcess({ script: MAIN, env: { ...env, ...PASSWORDS, PASSWORD_WRITER: "" } });

    expect((await prepare.exited).status).toBe(3);
    expect(prepare.lines).toEqual(["There is no password for writer. Set PASSWORD_WRITER and start again."]);
  });
});
