import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { changeStages } from "../../src/index.ts";
import { replaceFile } from "../../src/routes/replace-file.ts";
import { planStages, type StageWish } from "../../src/routes/change-stages.ts";

const FILE = `# who answers what
services:
  monolith: { url: "http://127.0.0.1:1" }   # the old one
  stock:    { url: "http://127.0.0.1:2" }
  pages:    { url: "http://127.0.0.1:3" }

routes:
  # --- things ---
  - id: items            # a comment
    match: { path: /items/* }
    service: stock
    stage: monolith      # how far it is

  - id: item
    match: { methods: [GET, HEAD], path: "/items/:id" }
    service: stock
    stage: 'canary'
    percent: 10          # of the customers
    reached: canary      # so far
  - { id: start, match: { path: / }, service: pages, stage: shadow }   # in one line
  - stage: service
    id: about
    match:
      path: /about
    service: pages
`;

describe("setting a stage changes the words that must change, and nothing else", () => {
  test("from the monolith forward: the stage, and how far it has come", () => {
    expect(diff(set({ selectors: ["items"], stage: "shadow" }))).toEqual([
      "-    stage: monolith      # how far it is",
      "+    stage: shadow      # how far it is",
      "+    reached: shadow",
    ]);
  });

  test("raising a share", () => {
    expect(diff(set({ selectors: ["item"], stage: "canary", percent: 50 }))).toEqual([
      "-    percent: 10          # of the customers",
      "+    percent: 50          # of the customers",
    ]);
  });

  test("leaving canary takes the percent out and keeps its comment", () => {
    expect(diff(set({ selectors: ["item"], stage: "service" }))).toEqual([
      "-    stage: 'canary'",
      "-    percent: 10          # of the customers",
      "-    reached: canary      # so far",
      "+    stage: service",
      "+    # of the customers",
      "+    reached: service      # so far",
    ]);
  });

  test("a route in one line stays in one line", () => {
    const canary = set({ selectors: ["start"], stage: "canary", percent: 2.5 });
    expect(diff(canary)).toEqual([
      "-  - { id: start, match: { path: / }, service: pages, stage: shadow }   # in one line",
      "+  - { id: start, match: { path: / }, service: pages, stage: canary, percent: 2.5, reached: canary }   # in one line",
    ]);
    expect(diff(set({ selectors: ["start"], stage: "shadow" }, canary), canary)).toEqual([
      "-  - { id: start, match: { path: / }, service: pages, stage: canary, percent: 2.5, reached: canary }   # in one line",
      "+  - { id: start, match: { path: / }, service: pages, stage: shadow, reached: canary }   # in one line",
    ]);
  });

  test("a route whose stage is its first field", () => {
    expect(diff(set({ selectors: ["about"], stage: "monolith" }))).toEqual([
      "-  - stage: service",
      "+  - stage: monolith",
      "+    reached: service",
    ]);
  });

  test("a percent that is the first field can go", () => {
    const text = FILE.replace("  - stage: service\n", "  - percent: 5\n    stage: canary\n");

    expect(diff(set({ selectors: ["about"], stage: "shadow" }, text), text)).toEqual([
      "-  - percent: 5",
      "-    stage: canary",
      "+  - stage: shadow",
      "+    reached: canary",
    ]);
  });

  test("lines that end as on Windows go on ending so", () => {
    const windows = FILE.replaceAll("\n", "\r\n");

    const edited = set({ selectors: ["items", "start"], stage: "shadow" }, windows);

    expect(edited.replaceAll("\r\n", "\n")).toBe(set({ selectors: ["items", "start"], stage: "shadow" }));
    expect(edited.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("there and back leaves only the memory of how far it was", () => {
    const forth = set({ selectors: ["items"], stage: "shadow" });
    const back = set({ selectors: ["items"], stage: "monolith" }, forth);

    expect(diff(back)).toEqual(["+    reached: shadow"]);
    expect(set({ selectors: ["items"], stage: "monolith" }, back)).toBe(back);
  });

  test("several routes, by name, by pattern, by service, in one edit", () => {
    const ids = (wish: Partial<StageWish>) =>
      planStages("routes.yaml", FILE, { selectors: [], stage: "monolith", ...wish }).result.changes.map(({ id }) => id);

    expect(ids({ selectors: ["start", "item"] })).toEqual(["item", "start"]);
    expect(ids({ selectors: ["item*"] })).toEqual(["items", "item"]);
    expect(ids({ selectors: ["*t*"] })).toEqual(["items", "item", "start", "about"]);
    expect(ids({ allOf: "pages" })).toEqual(["start", "about"]);
    expect(ids({ selectors: ["items"], allOf: "pages" })).toEqual(["items", "start", "about"]);
  });

  test("a share is kept when none is named, and already there is no change", () => {
    const { text, result } = planStages("routes.yaml", FILE, { selectors: ["item"], stage: "canary" });

    expect(text).toBe(FILE);
    expect(result.after).toBe(result.before);
    expect(result.changes).toEqual([
      { id: "item", before: { stage: "canary", percent: 10 }, after: { stage: "canary", percent: 10 } },
    ]);
  });
});

describe("a stage can be refused", () => {
  test.each([
    ["monolith", undefined, "shadow", true],
    ["monolith", undefined, "canary", false],
    ["monolith", undefined, "service", false],
    ["shadow", undefined, "canary", true],
    ["shadow", undefined, "service", false],
    ["canary", undefined, "service", true],
    ["service", undefined, "monolith", true],
    ["service", undefined, "shadow", true],
    ["monolith", "shadow", "canary", false],
    ["monolith", "canary", "canary", true],
    ["monolith", "canary", "service", false],
    ["monolith", "service", "service", true],
    ["shadow", "service", "service", true],
  ] as const)("from %s (reached %s) to %s without force: %s", (stage, reached, wanted, allowed) => {
    const lines = [
      `stage: ${stage}`,
      ...(stage === "canary" ? ["percent: 1"] : []),
      ...(reached ? [`reached: ${reached}`] : []),
    ];
    const text = FILE.replace("stage: monolith      # how far it is", lines.join("\n    "));
    const wish: StageWish = { selectors: ["items"], stage: wanted, ...(wanted === "canary" ? { percent: 5 } : {}) };

    if (allowed) expect(set(wish, text)).toContain(`stage: ${wanted}`);
    else expect(() => set(wish, text)).toThrow(/may not jump .* Nothing was changed/);
    expect(set({ ...wish, force: true }, text)).toContain(`stage: ${wanted}`);
  });

  test("one jump among many refuses them all, and says which stages were left out", () => {
    expect(() => set({ selectors: ["items", "item"], stage: "service" })).toThrow(
      `Route "items" may not jump from monolith to service: it has never been in shadow or canary.`,
    );
  });

  test.each([
    [{ selectors: ["itms"], stage: "shadow" }, `No route is called "itms" in routes.yaml. Did you mean "items"?`, 2],
    [{ selectors: ["x-*"], stage: "shadow" }, `No route is called "x-*" in routes.yaml. There are: items, item`, 2],
    [{ selectors: [], allOf: "page", stage: "shadow" }, `Did you mean "pages"?`, 2],
    [{ selectors: ["start"], stage: "canary" }, "Stage canary needs a share of customers for start.", 2],
    [{ selectors: ["items"], stage: "shadow", percent: 5 }, "Stage shadow has no percent", 2],
    [{ selectors: ["item"], stage: "canary", percent: 101 }, "A share of 101 % cannot be given.", 2],
    [{ selectors: ["item"], stage: "canary", percent: 0.001 }, "A share of 0.001 % cannot be given.", 2],
    [{ selectors: ["item"], stage: "canary", percent: Number.NaN }, "A share of NaN % cannot be given.", 2],
  ] as const)("%j: %s", (wish, message, exitCode) => {
    const error = caught(() => set(wish));

    expect(error.message).toContain(message);
    expect(error).toMatchObject({ exitCode });
  });
});

describe("the file is replaced in one step", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "strangler-routes-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("its mode and the link to it stay, and beside it is nothing but the log", async () => {
    const file = path.join(folder, "routes.yaml");
    const link = path.join(folder, "link.yaml");
    await writeFile(file, FILE);
    await chmod(file, 0o640);
    await symlink(file, link);

    const { before, after } = await changeStages(link, { selectors: ["items"], stage: "shadow" });

    expect(before).not.toBe(after);
    expect(await readFile(file, "utf8")).toContain("stage: shadow      # how far it is");
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(folder)).sort()).toEqual(["link.yaml", "routes.audit.jsonl", "routes.yaml"]);
  });

  test("a dry run writes nothing", async () => {
    const file = path.join(folder, "dry.yaml");
    await writeFile(file, FILE);

    const { before, after, changes } = await changeStages(
      file,
      { selectors: ["items"], stage: "shadow" },
      { dryRun: true },
    );

    expect(before).not.toBe(after);
    expect(changes[0]?.after.stage).toBe("shadow");
    expect(await readFile(file, "utf8")).toBe(FILE);
  });

  test("a file that somebody else has changed meanwhile is left alone", async () => {
    const file = path.join(folder, "busy.yaml");
    await writeFile(file, `${FILE}# theirs\n`);

    await expect(replaceFile(file, FILE, `${FILE}# ours\n`)).rejects.toMatchObject({
      code: "ROUTES_CHANGED_MEANWHILE",
      exitCode: 5,
    });
    expect(await readFile(file, "utf8")).toBe(`${FILE}# theirs\n`);
  });

  test("a missing file is named", async () => {
    await expect(changeStages(path.join(folder, "none.yaml"), { selectors: ["a"], stage: "shadow" })).rejects.toThrow(
      /none\.yaml: cannot be read \(there is no such file\)/,
    );
  });
});

// --- internal ---

function set(wish: StageWish, text = FILE): string {
  return planStages("routes.yaml", text, wish).text;
}

function diff(edited: string, original = FILE): string[] {
  const before = original.split("\n");
  const after = edited.split("\n");
  const lines: string[] = [];
  while (before.length > 0 || after.length > 0) {
    if (before[0] === after[0]) {
      before.shift();
      after.shift();
    } else if (before[0] !== undefined && !after.includes(before[0])) lines.push(`-${before.shift() ?? ""}`);
    else lines.push(`+${after.shift() ?? ""}`);
  }
  return lines;
}

function caught(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
