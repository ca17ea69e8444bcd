// Plans that cannot be meant or cannot work are refused before anything starts, each with the line that is wrong.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { checkStream, problemLine, readStreams, startStream, type StreamPlan } from "../src/index.ts";
import { silent, startPair, type Pair } from "./kit/pair.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "plans-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads a plan of these streams; `tables` are lines of YAML, from line 6 on in the first stream. */
async function read(text: string): Promise<StreamPlan[]> {
  const file = path.join(folder, "streams.yaml");
  await writeFile(file, text);
  return readStreams(file);
}

const stream = (tables: string, name = "parcels", rest = "", source = "shop", target = "shelf") =>
  `  ${name}:\n    source: ${source}\n    target: ${target}\n    tables:\n${tables}${rest}`;
const one = (tables: string, rest = "") => `streams:\n${stream(tables, "parcels", rest)}`;
const entry = (from: string, to: string, fields = "key: [id], columns: {id: id}") =>
  `      - {from: public.${from}, to: public.${to}, ${fields}}\n`;

describe("a plan that contradicts itself", () => {
  test.each<[string, string, RegExp]>([
    [
      "two tables that fill one without being apart",
      one(entry("a", "x") + entry("b", "x")),
      /:7:\d+: public.x is already written by this stream, from public.a, and nothing keeps their rows apart. Give both a key column with a constant/,
    ],
    [
      "constants that are the same",
      one(
        entry("a", "x", "key: [k, id], columns: {k: {constant: 1}, id: id}") +
          entry("b", "x", "key: [k, id], columns: {k: {constant: 1}, id: id}"),
      ),
      /:7:\d+: public.x is already written/,
    ],
    [
      "a key of constants only",
      one(entry("a", "x", "key: [k], columns: {k: {constant: 1}}")),
      /:6:\d+: the key of public.x is the same for every row/,
    ],
    [
      "a translated key",
      one(entry("a", "x", "key: [k], columns: {k: {column: k, enum: {a: b}}}")),
      /the key "k" is a translation/,
    ],
    [
      "a part of nothing",
      one(entry("a", "x", "part: true, key: [id], columns: {id: id, n: n}")),
      /:6:\d+: no other entry writes the rows of public.x/,
    ],
    [
      "a part that fills what is filled already",
      one(
        entry("a", "x", "key: [id], columns: {id: id, n: n}") +
          entry("b", "x", "part: true, key: [id], columns: {id: id, n: m}"),
      ),
      /:7:\d+: "n" of public.x is already filled from public.a/,
    ],
    [
      "a part of rows that are filtered",
      one(
        entry("a", "x", "key: [id], where: {expression: n, from: [n]}, columns: {id: id}") +
          entry("b", "x", "part: true, key: [id], columns: {id: id, n: m}"),
      ),
      /:6:\d+: the rows of public.x are filtered/,
    ],
    [
      "two streams that write one table",
      `streams:\n${stream(entry("a", "x"))}${stream(entry("b", "x"), "letters")}`,
      /:11:\d+: public.x of "shelf" is already written by the stream "parcels"/,
    ],
    [
      "a loop of streams",
      `streams:\n${stream(entry("a", "x"))}${stream(entry("x", "y"), "second", "", "shelf", "depot")}${stream(entry("y", "a"), "third", "", "depot", "shop")}`,
      /:6:\d+: what "parcels" writes comes back to its own source through "second", "third"/,
    ],
    [
      "a number that cannot be held",
      one(entry("a", "x", "key: [id], columns: {id: id, n: {constant: 12345678901234567890}}")),
      /:6:\d+: /,
    ],
    [
      "schema changes that do not count",
      one(entry("a", "x"), "    schemaChanges: [{from: public.a, on: ADD COLUMN b}]\n"),
      /:7:\d+: schemaChanges count only with "onSchemaChange: mapped"/,
    ],
    [
      "a schema change of another table",
      one(entry("a", "x"), "    onSchemaChange: mapped\n    schemaChanges: [{from: public.b, on: ADD COLUMN b}]\n"),
      /:8:\d+: this stream does not read public.b. Did you mean "public.a"/,
    ],
    [
      "a schema change that is none",
      one(entry("a", "x"), "    onSchemaChange: mapped\n    schemaChanges: [{from: public.a, on: ADD b}]\n"),
      /:8:\d+: .*must be "ADD COLUMN name"/,
    ],
  ])("is refused: %s", async (_what, text, expected) => {
    await expect(read(text)).rejects.toThrow(expected);
  });

  test("two streams that name each other are the two ways of one, and no loop", async () => {
    const there = stream(entry("a", "x"), "there", "    reverse: back\n");
    const back = stream(entry("x", "a"), "back", "    reverse: there\n", "shelf", "shop");

    expect(await read(`streams:\n${there}${back}`)).toHaveLength(2);
  });
});

describe("a plan that does not fit its databases", () => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(`
      CREATE TABLE boxes (id int PRIMARY KEY, name varchar(20), price numeric(10,4), at timestamptz(6), n bigint, status text);
      CREATE TABLE halves (id int PRIMARY KEY, size int, large text);
      CREATE TABLE days (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE day_one PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-01-02')`);
    await pair.onTarget(`
      CREATE TABLE boxes (id int PRIMARY KEY, name varchar(10), price numeric(10,2), at timestamptz(3), n int, status varchar(4), own int GENERATED ALWAYS AS IDENTITY);
      CREATE TABLE full_boxes (id int PRIMARY KEY, name text, size int DEFAULT 1, large text);
      CREATE TABLE items (kind int, id int, PRIMARY KEY (kind, id));
      CREATE TABLE days (id int, at date, PRIMARY KEY (id, at));
      CREATE TABLE taken (id int PRIMARY KEY);
      CREATE VIEW seen AS SELECT * FROM taken;
      INSERT INTO taken VALUES (1)`);
  });
  afterAll(() => pair.remove());

  const complaints = async (tables: string, addresses = pair.addresses) => {
    const [plan] = await read(one(tables));
    const problems = await checkStream(plan as StreamPlan, addresses);
    return problems.map((problem) => problemLine(problem).replace(`${folder}/`, ""));
  };
  const boxes = (columns: string) => entry("boxes", "boxes", `key: [id], columns: {id: id, ${columns}}`);

  test.each<[string, string, RegExp[]]>([
    [
      "a table with a slip",
      entry("boxs", "boxes"),
      [/^streams.yaml:6:10: The source has no table public.boxs. Did you mean "public.boxes"\?$/],
    ],
    [
      "a column with a slip",
      boxes("name: nme"),
      [/^streams.yaml:6:\d+: The source's public.boxes has no column "nme". Did you mean "name"\?/],
    ],
    ["a view as target", entry("boxes", "seen"), [/^streams.yaml:6:\d+: public.seen of the target is no table/]],
    [
      "columns that are narrower on the target",
      boxes("name: name, price: price, at: at, n: n"),
      [
        /"name" .*character varying\(10\)\) is narrower .*longer values would be refused/,
        /"price" .*numbers would be rounded/,
        /"at" .*seconds would be rounded/,
        /"n" .*larger numbers would be refused/,
      ],
    ],
    ["a column that the target numbers itself", boxes("own: n"), [/numbers "own" itself .*SET GENERATED BY DEFAULT/]],
    [
      "a constant that does not fit",
      boxes("status: {constant: much too long}"),
      [/^streams.yaml:6:\d+: .*cannot take "much too long": it would be cut or rounded/],
    ],
    [
      "a translation into no value of the type",
      boxes("n: {column: status, enum: {a: one}}"),
      [/cannot take "one": invalid input syntax for type integer/],
    ],
    [
      "constants that are one value to the target",
      entry("boxes", "items", 'key: [kind, id], columns: {kind: {constant: "1"}, id: id}') +
        entry("halves", "items", 'key: [kind, id], columns: {kind: {constant: "01"}, id: id}'),
      [/^streams.yaml:7:\d+: The rows of public.halves and of public.boxes .*are the same value to the target/],
    ],
    [
      "a part that nothing at the source ties to its row, that may lack values, and whose columns are never empty",
      entry("boxes", "full_boxes", "key: [id], columns: {id: id, name: name}") +
        entry("halves", "full_boxes", "part: true, key: [id], columns: {id: id, size: size, large: large}"),
      [
        /^streams.yaml:7:\d+: public.halves fills a part .*ADD FOREIGN KEY \(id\) REFERENCES public.boxes \(id\), not deferrable/,
        /shows by nulls .*"size" cannot be null or has a default/,
        /:7:\d+: .*REPLICA IDENTITY FULL/,
      ],
    ],
    [
      "a partition beside its table",
      entry("days", "days", "key: [id, at], columns: {id: id, at: at}") +
        entry("day_one", "taken", "key: [id], columns: {id: id}"),
      [
        /^streams.yaml:7:\d+: public.day_one is a partition of public.days, which this stream reads too/,
        /is not unique by "id"/,
      ],
    ],
  ])("is refused with its line: %s", async (_what, tables, expected) => {
    const found = await complaints(tables);

    expect(found).toHaveLength(expected.length);
    expected.forEach((each, place) => expect(found[place]).toMatch(each));
  });

  test("a stream into the table that it reads is refused, whatever its database is called", async () => {
    const addresses = { ...pair.addresses, target: pair.addresses.source, apply: pair.addresses.source };

    expect(await complaints(entry("halves", "halves"), addresses)).toEqual([
      expect.stringMatching(
        /^streams.yaml:6:\d+: "shop" and "shelf" are one database, so the stream would read what it writes/,
      ),
    ]);
  });

  test("a target with rows in it is refused with its line", async () => {
    await expect(complaints(entry("boxes", "taken"))).rejects.toThrow(
      /rows it did not write: public.taken \(.*streams.yaml:6:\d+\). Nothing was changed/,
    );
  });

  test("a start says the lines too", async () => {
    const [plan] = await read(one(entry("boxs", "boxes")));

    const started = startStream({ plan: plan as StreamPlan, addresses: pair.addresses, log: silent });
    await expect(started.finished).rejects.toThrow(/- .*streams.yaml:6:10: The source has no table public.boxs/);
  });
});
