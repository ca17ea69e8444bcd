import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { closeSession, openSession, type Session } from "../src/postgres/session.ts";
import { likelyCause, type CauseFacts } from "../src/verify/cause.ts";
import { addSums, mismatches, type Sums } from "../src/verify/part.ts";
import { rowText, type TextColumn } from "../src/verify/row-text.ts";
import { createSample } from "../src/verify/sample.ts";
import { chooseFormula, drawSeeds, type SumFormula } from "../src/verify/sum-formula.ts";

const pg = (type: string, sql: string): TextColumn => ({
  type: `pg_catalog.${type}`,
  sql: `(${sql})::pg_catalog."${type}"`,
});
const text = (value: string | null) => pg("text", value === null ? "NULL" : `'${value}'`);

describe("the sums that stand for rows", () => {
  let database: TestDatabase;
  let session: Session;

  beforeAll(async () => {
    database = await createDatabase();
    session = await openSession({ url: database.url, what: "The database", application: "test" });
    await session.query("CREATE TYPE mood AS ENUM ('a', 'a,b'); CREATE TYPE pair AS (one text, other text)");
  });
  afterAll(async () => {
    await closeSession(session);
    await database.drop();
  });

  const textOf = async (columns: readonly TextColumn[], sameEncoding = true) => {
    const { rows } = await session.query<{ text: string }>(`SELECT ${rowText(columns, { sameEncoding })} AS text`);
    return rows[0]?.text;
  };
  const own = (type: string, sql: string): TextColumn => ({ type: `public.${type}`, sql: `(${sql})::${type}` });

  // What a type's own equality, or a text without care, would take for the same.
  test.each<[string, TextColumn[], TextColumn[]]>([
    ["1.0 and 1.00", [pg("numeric", "1.0")], [pg("numeric", "1.00")]],
    ["a month and thirty days", [pg("interval", "'1 mon'")], [pg("interval", "'30 days'")]],
    ["-0 and 0", [pg("float8", "'-0'")], [pg("float8", "0")]],
    ["floats a bit apart", [pg("float8", "0.1")], [pg("float8", "0.1::float8 + 1e-17::float8 * 2")]],
    ["null and empty", [text(null)], [text("")]],
    ["null and the word", [text(null)], [text("NULL")]],
    ["where the null is", [text(null), text("x")], [text("x"), text(null)]],
    ["which number is null", [pg("int4", "NULL"), pg("int4", "1")], [pg("int4", "1"), pg("int4", "NULL")]],
    ["a true and a null", [pg("bool", "true"), pg("bool", "NULL")], [pg("bool", "NULL"), pg("bool", "true")]],
    ["one value's end and the next one's beginning", [text("a"), text("b,c")], [text("a,b"), text("c")]],
    ["a length in a text", [text("1,a"), text("b")], [text("1"), text("a,b")]],
    ["an empty text at the end", [text("a"), text("")], [text("a,"), text(null)]],
    ["blanks at the end", [pg("text", "'a '")], [pg("text", "'a'")]],
    ["letters in two Unicode forms", [pg("text", "U&'\\00e9'")], [pg("text", "U&'e\\0301'")]],
    [
      "words of a type of one's own",
      [own("mood", "'a'"), own("mood", "'a,b'")],
      [own("mood", "'a,b'"), own("mood", "'a'")],
    ],
    ["parts of a composite", [own("pair", "ROW('a', NULL)")], [own("pair", "ROW('a', '')")]],
    ["json that means the same", [pg("json", "'{\"a\":1}'")], [pg("json", "'{\"a\": 1}'")]],
    ["arrays of other bounds", [pg("_int4", "'{1,2}'")], [pg("_int4", "'[0:1]={1,2}'")]],
  ])("tell apart %s", async (_, one, other) => {
    for (const sameEncoding of [true, false]) {
      const [here, there] = [await textOf(one, sameEncoding), await textOf(other, sameEncoding)];
      expect(here).not.toBe(there);
    }
  });

  test("take rows of more columns than a function has arguments", async () => {
    const wide = (last: string | null) => [
      ...Array.from({ length: 150 }, (_, n) => pg("int4", String(n))),
      ...Array.from({ length: 150 }, (_, n) => text(String(n))),
      text(last),
    ];

    expect(await textOf(wide("x"))).not.toBe(await textOf(wide("y")));
    expect(await textOf(wide(null))).not.toBe(await textOf(wide("")));
    expect(await textOf(wide("x"))).toBe(await textOf(wide("x")));
  });

  test("are the same in any order, and see a row that is there twice and values that have changed places", async () => {
    const formulas = await Promise.all(
      [true, false].map((sameEncoding) => chooseFormula(session, session, { sameEncoding, seeds: ["7", "-7"] })),
    );
    expect(formulas.map((formula) => formula?.name)).toEqual(["seeded", "md5"]);
    for (const formula of formulas as SumFormula[]) {
      const sum = async (...rows: string[]) => {
        const [one, other] = formula.halves("r.d");
        const { rows: sums } = await session.query<{ sum: string }>(
          `SELECT sum(${one}) || ' ' || sum(${other}) AS sum
           FROM (SELECT ${formula.digest("t")} AS d FROM unnest($1::text[]) AS t) AS r`,
          [rows],
        );
        return sums[0]?.sum;
      };
      const all = await sum("1,a", "2,b", "3,c");
      expect(await sum("3,c", "1,a", "2,b")).toBe(all);
      for (const others of [
        ["1,b", "2,a", "3,c"],
        ["1,a", "2,b"],
        ["1,a", "2,b", "3,c", "3,c"],
        ["1,a", "2,b", "2,b"],
      ]) {
        expect(await sum(...others)).not.toBe(all);
      }
    }
  });

  test("are of another kind each time, so that what hides once does not hide again", () => {
    expect(drawSeeds()).not.toEqual(drawSeeds());
  });

  test("add up over parts, and name the buckets that differ", () => {
    const of = (rows: number, one: bigint) => ({ rows, one, other: -one });
    const here: Sums = new Map([["0", of(2, 5n)]]);
    addSums(
      here,
      new Map([
        ["0", of(1, 2n)],
        ["1", of(4, 9n)],
      ]),
    );

    expect(
      mismatches(
        here,
        new Map([
          ["0", of(3, 7n)],
          ["1", of(4, 9n)],
        ]),
      ),
    ).toEqual([]);
    expect(
      mismatches(
        here,
        new Map([
          ["0", of(3, 8n)],
          ["2", of(1, 0n)],
        ]),
      ),
    ).toEqual([
      { bucket: "0", rows: 3 },
      { bucket: "1", rows: 4 },
      { bucket: "2", rows: 1 },
    ]);
  });
});

describe("a sample", () => {
  test.each([1, 10, 33, 100])("of %d percent takes that share, evenly, wherever it begins", (percent) => {
    for (const start of [0, 0.5, 0.999]) {
      const isWanted = createSample(percent, start);
      const taken = Array.from({ length: 1_000 }, (_, place) => isWanted(place === 999)).filter(Boolean).length;
      expect(Math.abs(taken - percent * 10)).toBeLessThanOrEqual(1);
    }
  });

  test("takes something, however small the table", () => {
    expect(createSample(1, 0)(true)).toBe(true);
  });
});

describe("a likely cause", () => {
  const facts: CauseFacts = {
    kind: "changed",
    isParked: false,
    isWaiting: false,
    isFiltered: false,
    writer: "unknown",
    foreignWrites: undefined,
    columns: [],
  };
  const column = (source: string | null, target: string | null, more: object = {}) => ({
    columns: [{ isMapped: false, isFloat: false, source, target, ...more }],
  });

  test.each<[string, Partial<CauseFacts>]>([
    ["parked", { isParked: true, writer: "other" }],
    ["waiting", { isWaiting: true }],
    ["filter", { kind: "extra", isFiltered: true }],
    ["foreign-writer", { writer: "other" }],
    ["foreign-writer", { kind: "extra", foreignWrites: 3 }],
    ["foreign-delete", { kind: "missing", foreignWrites: 3 }],
    ["never-copied", { kind: "missing", foreignWrites: 0 }],
    ["digits", column("1.0", "1.00")],
    ["float", column("0.1", "0.10000000000000001", { isFloat: true })],
    ["blanks", column("a ", "a")],
    ["case", column("Ab", "aB")],
    ["unicode", column("\u00e9", "e\u0301")],
    ["cut", column("abcdef", "abc")],
    ["mapping", column("a", "b", { isMapped: true })],
    ["unknown", column("a", "b")],
    ["unknown", column(null, "b")],
    ["unknown", { kind: "missing" }],
  ])("is %s for %j", (code, some) => {
    expect(likelyCause({ ...facts, ...some }).code).toBe(code);
  });
});
