import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { analyze } from "../src/analyze.ts";
import { countChanges } from "../src/read/history/co-change.ts";
import { parseLog, type Commit } from "../src/read/history/parse-log.ts";
import { findCommit, readHistory } from "../src/read/history/read-history.ts";
import { createTree } from "./temporary-tree.ts";

describe("files that are changed together", () => {
  test("are tied when each has changed five times, five of them together, and in 30 % of all", () => {
    const together = times(5, ["a.ts", "b.ts"]);

    expect(count([...together, ...times(1, ["a.ts"])]).history).toEqual([
      { a: "a.ts", b: "b.ts", together: 5, degree: 0.91 },
    ]);
    expect(count(times(4, ["a.ts", "b.ts"])).history).toEqual([]);
    expect(count([...together, ...times(29, ["a.ts"])]).history).toEqual([]); // 5 of (34 + 5) / 2 is 26 %
  });

  test("not by a mass edit, and not where one of them is gone", () => {
    const everything = Array.from({ length: 31 }, (_, number) => (number === 0 ? "a.ts" : `${number}.ts`));

    expect(count(times(9, everything))).toMatchObject({ history: [], changes: { commits: 9, files: {} } });
    expect(count(times(9, ["a.ts", "deleted.ts"]))).toMatchObject({ history: [], changes: { files: { "a.ts": 9 } } });
  });

  test("under the name they have today, whatever they were called then", () => {
    const before = times(5, ["old.ts", "b.ts"]);
    const rename: Commit = { files: ["a.ts"], renames: [{ from: "old.ts", to: "a.ts" }] };

    expect(count([rename, ...before])).toEqual({
      history: [{ a: "a.ts", b: "b.ts", together: 5, degree: 0.91 }],
      changes: { commits: 6, files: { "a.ts": 6, "b.ts": 5 }, missing: null },
    });
  });
});

describe("git's log", () => {
  test("is a mark, then letters and paths; a move has two", () => {
    const log = "\u0001\0\nM\0src/a b.ts\0R100\0old.ts\0new.ts\0\u0001\0\nA\0old.ts\0";

    expect(parseLog(log)).toEqual([
      { files: ["src/a b.ts", "new.ts"], renames: [{ from: "old.ts", to: "new.ts" }] },
      { files: ["old.ts"], renames: [] },
    ]);
  });

  test("is read from the folder's place in its repository, moves followed", async () => {
    const root = repository();
    for (let number = 0; number < 50; number++)
      commit(root, { "app/old.ts": number, "app/ü b.ts": number, "web/x.ts": 0 });
    renameSync(join(root, "app/old.ts"), join(root, "app/a.ts"));
    commit(root, {});

    const { history, changes } = await readHistory(join(root, "app"), await findCommit(root), ["a.ts", "ü b.ts"]);

    expect(changes).toEqual({ commits: 51, files: { "a.ts": 51, "ü b.ts": 50 }, missing: null });
    expect(history).toEqual([{ a: "a.ts", b: "ü b.ts", together: 50, degree: 0.99 }]);
  });

  test("is optional: without a repository, or with a short one, the analysis says so and goes on", async () => {
    const root = repository();
    commit(root, { "a.ts": 1 });
    const history = async (folder: string, asked = true) =>
      (await analyze(folder, { history: asked })).totals.history.missing;

    expect(await history(createTree({ "a.ts": "" }))).toBe(
      "git is missing, or the folder is in no repository with a commit",
    );
    expect(await history(root)).toBe("fewer than 50 commits touch the folder");
    expect(await history(root, false)).toBe("it was not asked for");
  });
});

function times(number: number, files: string[]): Commit[] {
  return Array.from({ length: number }, () => ({ files, renames: [] }));
}

function count(commits: readonly Commit[]) {
  return countChanges(commits, new Set(["a.ts", "b.ts"]));
}

function repository(): string {
  const root = createTree({});
  git(root, "init", "--quiet");
  return root;
}

function commit(root: string, files: Record<string, number>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `export const version = ${content};\n`);
  }
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--allow-empty", "--message", "a change");
}

function git(root: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org", ...args], { cwd: root });
}
