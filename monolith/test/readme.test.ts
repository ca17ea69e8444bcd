import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";

const ROOT = path.resolve(import.meta.dirname, "../..");
const README = readFileSync(path.join(ROOT, "monolith/README.md"), "utf8");

// `monolith/src/lib/db.ts:7` `export let db`
const PLACES = [...README.matchAll(/^ *- `([^`:]+):(\d+)` `([^`]+)`$/gm)].map(
  ([, file = "", line = "", words = ""]) => ({
    file,
    line: Number(line),
    words,
  }),
);

describe("the list of faults", () => {
  test("names places", () => {
    expect(PLACES.length).toBeGreaterThan(30);
  });

  test.each(PLACES)("points at $file:$line, where it says $words", ({ file, line, words }) => {
    const lines = readFileSync(path.join(ROOT, file), "utf8").split("\n");
    const found = lines.flatMap((text, index) => (text.includes(words) ? [index + 1] : []));

    expect(found).toContain(line);
  });
});
