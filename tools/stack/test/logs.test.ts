import { appendFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { followLogs, getLog, listLogs, readLastLines, type LogLine } from "@strangler/stack";
import { openStateDirectory } from "../src/state/state-directory.ts";
import { withNotes } from "./notes-stack.ts";

async function writeLog(stateDirectory: string, name: string, text: string): Promise<string> {
  const { logs } = await openStateDirectory(stateDirectory);
  const file = path.join(logs, `${name}.log`);
  await writeFile(file, text);
  return file;
}

describe("the logs of a stack", () => {
  test("show their last lines, oldest first", () =>
    withNotes(async ({ stateDirectory }) => {
      await writeLog(stateDirectory, "front", "one\ntwo\nthree\n");
      const [log] = await listLogs(stateDirectory);

      const lines = await readLastLines(log ?? { name: "", file: "" }, 2);

      expect(lines).toEqual([
        { name: "front", text: "two" },
        { name: "front", text: "three" },
      ]);
    }));

  test("are followed line by line, whole lines only, and from the beginning when one begins anew", () =>
    withNotes(async ({ stateDirectory }) => {
      const file = await writeLog(stateDirectory, "front", "before\n");
      const stop = new AbortController();
      const seen: LogLine[] = [];
      const followed = followLogs(await listLogs(stateDirectory), (line) => seen.push(line), stop.signal);

      await appendFile(file, "first\nsec");
      await waitFor("the first line", () => seen.length === 1);
      await appendFile(file, "ond\n");
      await waitFor("the second line", () => seen.length === 2);
      await writeFile(file, "anew\n");
      await waitFor("the new log", () => seen.length === 3);
      stop.abort();
      await followed;

      expect(seen.map(({ text }) => text)).toEqual(["first", "second", "anew"]);
    }));

  test("a name that has none, with the one that was meant", () => {
    expect(() => getLog([{ name: "front", file: "" }], "frontt")).toThrow(
      /There is no log of "frontt"\. Did you mean "front"\?/,
    );
  });

  test("hold those of the server and of the seed too", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();

      expect((await listLogs(stateDirectory)).map(({ name }) => name)).toEqual([
        "answers",
        "front",
        "seed-notes",
        "postgres",
      ]);
    }));
});
