import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { changeSchema, UNCHANGED } from "../src/index.ts";

const example = async () =>
  JSON.parse(await readFile(new URL("../src/change.example.json", import.meta.url), "utf8")) as unknown;

describe("a change", () => {
  test("is good as JSON: the example parses to itself", async () => {
    expect(changeSchema.parse(await example())).toEqual(await example());
  });

  test("tells an untouched large value from null and from any text", async () => {
    const { new: row } = changeSchema.parse(await example());

    expect(row).toMatchObject({ note: UNCHANGED, sent_at: null });
  });

  test("is refused when its position is not one", async () => {
    const change = { ...((await example()) as object), position: { commitLsn: "4711", index: 0 } };

    expect(changeSchema.safeParse(change).success).toBe(false);
  });
});
