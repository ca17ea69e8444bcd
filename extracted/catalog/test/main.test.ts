import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { startProcess, withDatabase, type TestProcess } from "@strangler/test-kit";
import { smallCatalog } from "./small-catalog.ts";

describe("the catalog as a process", () => {
  test("says in one line which setting is missing, and ends with status 3", async () => {
    const catalog = start({ DATABASE_URL: "" });

    expect((await catalog.exited).status).toBe(3);
    expect(catalog.lines).toEqual([expect.stringContaining("DATABASE_URL")]);
  });

  test("says in one line that its port is taken, and ends with status 4", () =>
    withDatabase(smallCatalog, async ({ url }) => {
      const first = start({ DATABASE_URL: url });
      const { port } = new URL(await urlOf(first));
      const second = start({ DATABASE_URL: url, PORT: port });

      expect((await second.exited).status).toBe(4);
      expect(second.lines).toEqual([expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`)]);
      await first.kill("SIGKILL");
    }));

  test("starts without its database, and ends in order when it is told to", async () => {
    const catalog = start({ DATABASE_URL: "postgres://nobody:nothing@127.0.0.1:1/nowhere" });
    const url = await urlOf(catalog);

    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    await catalog.kill("SIGTERM");
    expect((await catalog.exited).status).toBe(0);
    expect(catalog.lines.join("\n")).not.toContain("nothing@");
  });
});

// --- internal ---

function start(env: Record<string, string>): TestProcess {
  const script = path.resolve(import.meta.dirname, "../src/main.ts");
  return startProcess({ script, env: { PORT: "0", LOG_LEVEL: "info", ...env } });
}

async function urlOf(catalog: TestProcess): Promise<string> {
  return (JSON.parse(await catalog.waitForLine(/"url":"http:/)) as { url: string }).url;
}
