import { appendFile, chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { startProcess } from "@strangler/test-kit";
import { changeRoutes } from "../../src/control/change-routes.ts";
import { MACHINE } from "../../src/control/machine.ts";
import { verifyAudit } from "../../src/control/audit/verify.ts";
import { createFileStore } from "../../src/control/store/file-store.ts";
import { describeRoutesStore, ROUTES, to, type StoreUnderTest } from "./store-suite.ts";

type Given = StoreUnderTest & { folder: string; file: string; log: string };

describeRoutesStore("a file", withFile);

describe("the folder of the routes file", () => {
  test("holds nothing more after a change than the log", () =>
    withFile(async ({ store, folder }) => {
      await changeRoutes(store, to("shadow"), "os:anna");

      expect((await readdir(folder)).sort()).toEqual(["routes.audit.jsonl", "routes.yaml"]);
    }));

  test("has one log for a file that is opened by another name", () =>
    withFile(async ({ folder, file }) => {
      const link = path.join(folder, "link.yaml");
      await symlink(file, link);

      await changeRoutes(createFileStore(link), to("shadow"), "os:anna");

      expect(await createFileStore(file).history({ limit: 10 })).toHaveLength(2);
    }));

  test("that cannot be written leaves the routes as they are: status 4", () =>
    withFile(async ({ folder, file }) => {
      // Nobody may write here, not even the superuser: a folder that is a file's name is none.
      const store = createFileStore(path.join(folder, "nowhere", "routes.yaml"));
      await expect(changeRoutes(store, to("shadow"), "os:anna")).rejects.toMatchObject({ code: "PLAN_FILE_INVALID" });
      await rm(path.join(folder, "routes.audit.jsonl"), { force: true });
      await symlink("/proc/nothing-can-be-made-here", path.join(folder, "routes.audit.jsonl"));

      await expect(changeRoutes(createFileStore(file), to("shadow"), "os:anna")).rejects.toMatchObject({ exitCode: 4 });

      expect(await readFile(file, "utf8")).toBe(ROUTES);
    }));
});

describe("a writer that dies", () => {
  test("between the file and the log has its change entered by the next, under its own name", () =>
    withFile(async ({ store, file, log }) => {
      await changeRoutes(store, to("shadow"), "os:anna");
      await dieBetweenFileAndLog(file);
      expect(await readFile(file, "utf8")).toContain("percent: 7");
      expect(await readFile(log, "utf8")).not.toContain("os:the-dead");

      await changeRoutes(store, to("shadow"), "os:anna");

      const history = await store.history({ limit: 10 });
      expect(history.map(({ actor }) => actor)).toEqual(["os:anna", "os:the-dead", "os:anna", "outside"]);
      expect((await verifyAudit(store.auditLines())).faults).toEqual([]);
    }));

  test("while it holds the lock keeps nobody waiting", () =>
    withFile(async ({ store, file }) => {
      await writeFile(`${file}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: MACHINE, nonce: "", journal: "" }));
      const startedAt = performance.now();

      await changeRoutes(store, to("shadow"), "os:anna");

      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }));

  test("while it writes a line of the log leaves a stump, which the next entry does not stand on", () =>
    withFile(async ({ store, log }) => {
      await changeRoutes(store, to("shadow"), "os:anna");
      await appendFile(log, '{"seq":3,"at":"20');
      expect((await verifyAudit(store.auditLines())).faults).toEqual([
        { line: 3, reason: expect.any(String) as unknown },
      ]);

      await changeRoutes(store, to("monolith"), "os:anna");

      expect((await verifyAudit(store.auditLines())).faults).toEqual([]);
      expect(await store.history({ limit: 10 })).toHaveLength(3);
    }));
});

test("a lock that a living process keeps is waited for, and then named: status 4", () =>
  withFile(async ({ file }) => {
    await writeFile(`${file}.lock`, JSON.stringify({ pid: process.pid, host: MACHINE, nonce: "", journal: "" }));
    const store = createFileStore(file, { lock: { waitMs: 100 } });

    const refused = changeRoutes(store, to("shadow"), "os:anna");

    await expect(refused).rejects.toMatchObject({ code: "ROUTES_LOCKED", exitCode: 4 });
    await expect(refused).rejects.toThrow(`held by process ${process.pid}`);
    expect(await readFile(file, "utf8")).toBe(ROUTES);
  }));

// --- internal ---

async function withFile(use: (given: Given) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-store-"));
  const file = path.join(folder, "routes.yaml");
  try {
    await writeFile(file, ROUTES);
    await use({
      folder,
      file,
      log: path.join(folder, "routes.audit.jsonl"),
      store: createFileStore(file),
      another: () => createFileStore(file),
      editOutside: (text) => writeFile(file, text),
    });
  } finally {
    await chmod(folder, 0o755);
    await rm(folder, { recursive: true, force: true });
  }
}

/** A real process that is really killed, at the one place where the file is new and the log is not. */
async function dieBetweenFileAndLog(file: string): Promise<void> {
  const dying = startProcess({ script: path.join(import.meta.dirname, "dying-writer.ts"), args: [file] });
  await dying.waitForLine(/the file is new/);
  await dying.kill("SIGKILL");
}
