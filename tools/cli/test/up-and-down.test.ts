import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { startProcess } from "@strangler/test-kit";
import type { StackStatus } from "@strangler/stack";
import { BIN, NOTES_PLAN, strangler, type Surroundings } from "./strangler.ts";

type Notes = {
  /** The options that name the fixture's plan and a state directory of its own. */
  options: string[];
  home: string;
};

async function withNotes(use: (notes: Notes) => Promise<void>): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), "strangler-cli-"));
  await chmod(home, 0o755);
  const options = ["--plan", NOTES_PLAN, "--state", path.join(home, ".strangler")];
  try {
    await use({ options, home });
  } finally {
    await strangler(["down", "--purge", ...options]);
    await rm(home, { recursive: true, force: true });
  }
}

async function readStatus(options: readonly string[], surroundings: Surroundings = {}): Promise<StackStatus> {
  return JSON.parse((await strangler(["status", "--json", ...options], surroundings)).out) as StackStatus;
}

describe("strangler up, status, logs, down", () => {
  test("from nothing to a table of what runs where, and back to nothing", () =>
    withNotes(async ({ options, home }) => {
      expect(await strangler(["status", ...options])).toMatchObject({
        status: 1,
        out: expect.stringMatching(/Nothing runs/),
      });

      const up = await strangler(["up", "-d", "--ports", "free", ...options]);
      expect(up).toMatchObject({ status: 0, err: expect.stringMatching(/Up and healthy after/) });
      expect(up.out).toMatch(/^front +healthy +http:\/\/127\.0\.0\.1:\d+ +\d+/m);
      expect(Math.max(...up.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);

      const again = await strangler(["up", "-d", ...options]);
      expect(again).toMatchObject({ status: 0, err: expect.stringMatching(/Everything runs already/) });

      expect(await readStatus(options)).toMatchObject({ state: "up", seeds: { notes: "small" } });
      const logs = await strangler(["logs", "answers", "--json", ...options]);
      expect(JSON.parse(logs.out)).toEqual({ name: "answers", text: "listening" });
      expect(JSON.parse((await strangler(["doctor", "--json", ...options])).out)).toContainEqual(
        expect.objectContaining({ check: "processes", outcome: "ok" }),
      );

      const down = await strangler(["down", "--purge", ...options]);
      expect(down).toMatchObject({ status: 0, out: expect.stringMatching(/^Stopped front, answers, postgres\./) });
      expect(existsSync(path.join(home, ".strangler"))).toBe(false);
    }));

  test("in the foreground until Ctrl-C, which closes everything in order", () =>
    withNotes(async ({ options }) => {
      const up = startProcess({ script: BIN, args: ["up", "--ports", "free", ...options], env: { NO_COLOR: "1" } });
      await up.waitForLine(/Ctrl-C/, 40_000);
      const { processes } = await readStatus(options);

      await up.kill("SIGINT");

      expect(await up.exited).toEqual({ status: 130, signal: null });
      expect(up.lines.filter((line) => line.includes("Stopping"))).toEqual(["· Stopping front", "· Stopping answers"]);
      expect(processes.filter(({ pid }) => existsSync(`/proc/${pid}/exe`))).toEqual([]);
      expect((await readStatus(options)).state).toBe("down");
    }));

  test("in the foreground, says when a process dies, and leaves when it is stopped from elsewhere", () =>
    withNotes(async ({ options }) => {
      const up = startProcess({ script: BIN, args: ["up", "--ports", "free", ...options], env: { NO_COLOR: "1" } });
      await up.waitForLine(/Ctrl-C/, 40_000);
      const { processes } = await readStatus(options);
      process.kill(processes.at(-1)?.pid ?? 0, "SIGKILL");
      await up.waitForLine(/front has ended; "strangler logs front" says why/);

      await strangler(["down", ...options]);

      expect(await up.exited).toEqual({ status: 0, signal: null });
    }));

  test("interrupted while it starts, stops what it had started", () =>
    withNotes(async ({ options }) => {
      const up = startProcess({ script: BIN, args: ["up", "-d", "--ports", "free", ...options] });
      await up.waitForLine(/Starting PostgreSQL/, 40_000);

      await up.kill("SIGINT");

      expect(await up.exited).toEqual({ status: 130, signal: null });
      expect((await readStatus(options)).state).toBe("down");
    }));
});

describe("strangler up that was killed", () => {
  test.each([/Making a database cluster/, /Filling the database/, /answers is healthy/])(
    "right after it said %s: the next up goes on, and a purge still leaves nothing",
    (moment) =>
      withNotes(async ({ options, home }) => {
        const up = startProcess({ script: BIN, args: ["up", "-d", "--ports", "free", ...options] });
        await up.waitForLine(moment, 40_000);
        await up.kill("SIGKILL");

        const again = await strangler(["up", "-d", "--ports", "free", ...options]);

        expect(again).toMatchObject({ status: 0, err: expect.stringMatching(/Up and healthy|runs already/) });
        expect((await readStatus(options)).state).toBe("up");
        await strangler(["down", "--purge", ...options]);
        expect(existsSync(path.join(home, ".strangler"))).toBe(false);
        expect(processesNaming(home)).toEqual([]);
      }),
  );
});

function processesNaming(text: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => ["cmdline", "environ"].some((file) => tryRead(`/proc/${pid}/${file}`).includes(text)));
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

async function canBecomeNobody(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const [setpriv = "", ...options] = NOBODY;
  const child = spawn(setpriv, [...options, process.execPath, "--check", BIN], { stdio: "ignore" });
  const ended = once(child, "exit").catch(() => [1]);
  return ((await ended) as [number])[0] === 0;
}

const asOrdinaryUser = (await canBecomeNobody()) ? test : test.skip;

describe("as an ordinary user", () => {
  asOrdinaryUser("the stack comes up with everything belonging to that user, and is purged", () =>
    withNotes(async ({ options, home }) => {
      const { chown } = await import("node:fs/promises");
      await chown(home, 65_534, 65_534);
      const surroundings = { command: [...NOBODY, process.execPath], env: { HOME: home } };

      const up = await strangler(["up", "-d", "--ports", "free", ...options], surroundings);

      expect(up).toMatchObject({ status: 0 });
      const { state, processes } = await readStatus(options, surroundings);
      expect(state).toBe("up");
      for (const { pid } of processes) expect(statSync(`/proc/${pid}`).uid).toBe(65_534);
      const down = await strangler(["down", "--purge", ...options], surroundings);
      expect(down).toMatchObject({ status: 0 });
      expect(existsSync(path.join(home, ".strangler"))).toBe(false);
      await waitFor("every process to be gone", () => processes.every(({ pid }) => !existsSync(`/proc/${pid}/exe`)));
    }),
  );
});

test("the program works through the link that npm makes", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-link-"));
  try {
    const link = path.join(folder, "strangler");
    await symlink(BIN, link);
    const child = spawn(link, ["--help"], { stdio: "ignore", env: process.env });

    const [status] = (await once(child, "exit")) as [number];

    expect(status).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
