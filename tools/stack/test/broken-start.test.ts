import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { once } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { findStackEnvironment, readStackStatus, stopStack } from "@strangler/stack";
import { statePaths } from "../src/state/state-directory.ts";
import { changedPlan, failureOf, withNotes } from "./notes-stack.ts";

const dataOf = (stateDirectory: string) => path.join(statePaths(stateDirectory).postgres, "data");

describe("a start that cannot go well is one sentence with its remedy", () => {
  test("a taken port: who has it, who needs it, and nothing was started", () =>
    withNotes(async ({ stateDirectory, up }) => {
      const holder = createServer().listen(0, "127.0.0.1");
      await once(holder, "listening");
      const { port } = holder.address() as AddressInfo;
      const plan = await changedPlan(stateDirectory, "55321", String(port));

      const error = await failureOf(up({ ...plan, ports: "plan" })).finally(() => holder.close());

      expect(error).toMatchObject({ code: "PORT_IN_USE", exitCode: 4 });
      expect(error.message).toBe(
        `Port ${port}, which answers needs, is taken by node (process ${process.pid}). ` +
          `End that one, or run "strangler up --ports free".`,
      );
      expect((await readStackStatus(stateDirectory)).state).toBe("down");
    }));

  test("data of another major version is kept as it is", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      await stopStack({ stateDirectory, purge: false });
      await writeFile(path.join(dataOf(stateDirectory), "PG_VERSION"), "14\n");

      const error = await failureOf(up());

      expect(error).toMatchObject({ code: "DATA_OF_OTHER_VERSION", exitCode: 4 });
      expect(error.message).toContain("strangler down --purge");

      await writeFile(path.join(dataOf(stateDirectory), "PG_VERSION"), "18\n");
      await up();
    }));

  test("secrets that were removed by hand", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      await rm(statePaths(stateDirectory).secrets);

      const error = await failureOf(up());

      expect(error).toMatchObject({ code: "DATA_WITHOUT_SECRETS" });
      expect(error.message).toContain("strangler down --purge");
    }));

  test("a process that ends at once: its last words, and what was started before it is stopped again", () =>
    withNotes(async ({ stateDirectory, up }) => {
      const plan = await changedPlan(stateDirectory, "${secrets.FRONT_TOKEN}", "");

      const error = await failureOf(up(plan));

      expect(error).toMatchObject({ code: "PROCESS_DID_NOT_START", exitCode: 4 });
      expect(error.message).toMatch(/^front did not become healthy: exit status 1\..*There is no TOKEN/);

      expect((await readStackStatus(stateDirectory)).state).toBe("down");
    }));

  test("a seed that fails: its last words; the next up begins it anew from an empty database", () =>
    withNotes(async ({ stateDirectory, up, said }) => {
      const plan = await changedPlan(stateDirectory, 'small: ["10"]', 'small: ["ten"]');
      const error = await failureOf(up(plan));

      expect(error).toMatchObject({ code: "SEED_FAILED", exitCode: 4 });
      expect(error.message).toContain('invalid input syntax for type integer: "ten"');

      await up();

      expect(said).toContainEqual(expect.stringMatching(/Emptying the database "notes"/));
      const { STRANGLER_FRONT_URL } = await findStackEnvironment(stateDirectory);
      expect(await (await fetch(`${STRANGLER_FRONT_URL}/`)).json()).toEqual({ notes: 10 });
    }));

  test("another seed than the one that is there", () =>
    withNotes(async ({ up }) => {
      await up({ seed: "small" });

      await expect(up({ seed: "large" })).rejects.toMatchObject({ code: "SEED_DIFFERS", exitCode: 5 });
    }));

  test("a directory of somebody's files is not taken as state directory", () =>
    withNotes(async ({ stateDirectory, up }) => {
      const documents = path.join(path.dirname(stateDirectory), "documents");
      await mkdir(documents);
      await writeFile(path.join(documents, "letter.txt"), "Dear");

      await expect(up({ stateDirectory: documents })).rejects.toMatchObject({ code: "STATE_DIRECTORY_FOREIGN" });

      await stopStack({ stateDirectory: documents, purge: true });
      expect(await readFile(path.join(documents, "letter.txt"), "utf8")).toBe("Dear");
    }));

  test("a second up at the same time", () =>
    withNotes(async ({ up }) => {
      const outcomes = await Promise.allSettled([up(), up()]);

      const refused = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(refused).toEqual([
        expect.objectContaining({ reason: expect.objectContaining({ code: "STACK_BUSY", exitCode: 4 }) }),
      ]);
    }));
});

describe("what a crash has left is mended", () => {
  test("a server that was killed: its pid file, and sessions that have not noticed yet", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      const { processes } = await readStackStatus(stateDirectory);
      process.kill(processes[0]?.pid ?? 0, "SIGKILL");
      await waitFor("the server to be seen dead", async () => {
        const status = await readStackStatus(stateDirectory);
        return status.processes[0]?.state === "dead";
      });

      await up();

      expect((await readStackStatus(stateDirectory)).state).toBe("up");
    }));

  test("a pid file whose pid belongs to a stranger by now, who is left alone", () =>
    withNotes(async ({ stateDirectory, up, said }) => {
      await up();
      const pidFile = path.join(dataOf(stateDirectory), "postmaster.pid");
      const words = await readFile(pidFile, "utf8");
      await stopStack({ stateDirectory, purge: false });
      await writeFile(pidFile, words.replace(/^\d+/, String(process.pid)), { mode: 0o600 });

      await up();

      expect(said).toContainEqual(expect.stringMatching(/Removing the pid file/));
      expect((await readStackStatus(stateDirectory)).state).toBe("up");
    }));

  test("a data directory that was never finished", () =>
    withNotes(async ({ stateDirectory, up, said }) => {
      await mkdir(dataOf(stateDirectory), { recursive: true });
      await writeFile(path.join(dataOf(stateDirectory), "PG_VERSION"), "18\n");

      await up();

      expect(said).toContainEqual(expect.stringMatching(/an earlier start was interrupted/));
      expect((await readStackStatus(stateDirectory)).state).toBe("up");
    }));

  test("a record whose pid belongs to a stranger by now: down leaves the stranger alone", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      const file = path.join(statePaths(stateDirectory).run, "front.json");
      const record = JSON.parse(await readFile(file, "utf8")) as { identity: { pid: number } };
      record.identity.pid = process.pid;
      await writeFile(file, JSON.stringify(record));

      await stopStack({ stateDirectory, purge: false });

      expect(existsSync(file)).toBe(false);
    }));

  test("an up that is interrupted stops what it had started", () =>
    withNotes(async ({ stateDirectory, up }) => {
      const interrupted = new AbortController();
      const onProgress = (line: string) => {
        if (line.includes("answers is healthy")) interrupted.abort();
      };

      await expect(up({ signal: interrupted.signal, onProgress })).rejects.toMatchObject({ name: "AbortError" });

      expect((await readStackStatus(stateDirectory)).state).toBe("down");
    }));
});
