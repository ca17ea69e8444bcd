import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { testWith } from "@strangler/test-kit/jest";
import { growGarden } from "./garden.ts";
import { BINARIES, findBinary } from "./proxies.ts";
import { CLASSES } from "./samples.ts";

const absent: string[] = [];
for (const [name, places] of Object.entries(BINARIES)) if ((await findBinary(places)) === undefined) absent.push(name);

describe("the same hostile bytes", () => {
  testWith(
    absent.length === 0 ? undefined : `${absent.join(" and ")} not installed`,
    "are seen by this proxy, nginx and HAProxy as docs/proxy-garden.md says",
    async () => {
      const { proxies, rows } = await growGarden();
      const written = await readWrittenRows();

      // Other versions of the others may see them in another way; of this proxy the page must be true.
      const same = proxies.every((name, index) => index === 0 || written.heads.includes(name));
      expect(rows.map(({ sample, outcomes }) => [sample, ...(same ? outcomes : outcomes.slice(0, 1))])).toEqual(
        written.rows.map((cells) => (same ? cells : cells.slice(0, 2))),
      );
    },
  );

  test("are of nine classes", () => {
    expect(CLASSES).toHaveLength(9);
  });
});

// --- internal ---

async function readWrittenRows(): Promise<{ heads: string[]; rows: string[][] }> {
  const page = await readFile(path.resolve(import.meta.dirname, "../../docs/proxy-garden.md"), "utf8");
  const lines = page.split("\n").filter((line) => line.startsWith("|") && !line.startsWith("| ---"));
  const cells = lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
  return { heads: cells[0] ?? [], rows: cells.filter(([sample]) => sample !== "") };
}
