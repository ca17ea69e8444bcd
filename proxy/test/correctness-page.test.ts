import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "@jest/globals";

test("every test that docs/proxy-correctness.md names exists, for each of the 22 points", async () => {
  const page = await readFile(path.resolve(import.meta.dirname, "../../docs/proxy-correctness.md"), "utf8");
  const rows = page.split("\n").filter((line) => /^\| \d+ /.test(line));
  const missing: string[] = [];
  for (const row of rows) {
    const named = splitByFile(row.split(" | ")[2] ?? "").flatMap((part) => namedIn(part));
    if (named.length === 0) missing.push(row);
    for (const { file, title } of named) {
      const text = await readFile(path.resolve(import.meta.dirname, file), "utf8");
      if (!text.includes(title)) missing.push(`${file}: ${title}`);
    }
  }
  expect(missing).toEqual([]);
  expect(rows).toHaveLength(22);
});

// --- internal ---

/** `file` "title", "title"; `file` "title": a title may contain a semicolon. */
function splitByFile(text: string): string[] {
  return text.split(/; (?=`)/);
}

function namedIn(part: string): { file: string; title: string }[] {
  const file = /`([^`]+\.ts)`/.exec(part)?.[1];
  if (file === undefined) return [];
  return [...part.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ file, title }));
}
