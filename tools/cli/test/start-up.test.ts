import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { BIN, strangler } from "./strangler.ts";

/** Options for Node that run this code before the program. */
function before(code: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

// Once only: the Node that is started instead inherits the options.
const AN_OLD_NODE = `
  if (!process.env.STRANGLER_NODE_CHOSEN)
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });`;

describe("the program's start", () => {
  test("under a Node that is too old, the one of the repository takes over", async () => {
    const { status, out } = await strangler(["--help"], { env: before(AN_OLD_NODE) });

    expect(status).toBe(0);
    expect(out).toMatch(/^strangler <command>/);
  });

  test("hands on the exit status of the Node that took over", async () => {
    expect(await strangler(["staus"], { env: before(AN_OLD_NODE) })).toMatchObject({ status: 2 });
  });

  test("where there is no other Node, one sentence says what mends it", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "strangler-bin-"));
    try {
      const alone = path.join(folder, "strangler.mjs");
      await copyFile(BIN, alone);

      const { status, out, err } = await strangler([], {
        command: [process.execPath, alone],
        env: before(AN_OLD_NODE),
      });

      expect({ status, out }).toEqual({ status: 4, out: "" });
      expect(err).toMatch(/^strangler needs Node 22\.18 or newer, and this is 20\.20\.2\. Run "npm ci".*\n$/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("status does not wait for what only other commands need", async () => {
    const { err } = await strangler(["status", "--state", "/nowhere/.strangler"], {
      env: before(`
        import { registerHooks } from "node:module";
        registerHooks({ load: (url, context, next) => {
          for (const heavy of ["ts-morph", "knex", "/pg/", "undici"])
            if (url.includes("node_modules/" + heavy.replaceAll("/", "") + "/")) console.error("loaded", heavy);
          return next(url, context);
        } });`),
    });

    expect(err).toBe("");
  });

  test("hides its arguments, which may hold a password, from everybody else on the machine", async () => {
    const { out } = await strangler(["status", "--json", "--state", "/nowhere/s3cret"], {
      env: before(`
        process.once("exit", async () => {
          const { readFileSync } = process.getBuiltinModule("node:fs");
          console.log("SEEN " + readFileSync("/proc/self/cmdline", "utf8"));
        });`),
    });

    expect(/SEEN (.*)/s.exec(out)?.[1]).not.toContain("s3cret");
  });
});
