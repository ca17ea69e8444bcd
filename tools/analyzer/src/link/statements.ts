import type { Problem, Statement, Trigger } from "../facts.ts";
import { HOLE_NAME } from "../read/sql/fill-holes.ts";
import type { ReadSql, SqlReading } from "../read/sql/read-sql.ts";
import { byPlace, sortedBy } from "../order.ts";
import type { StatementFact, Text } from "../source-facts.ts";
import type { Symbols } from "./symbols.ts";
import type { Builders } from "./builders.ts";
import { snakeCase } from "../table-names.ts";
import { fillConstants, tableOf } from "./text-values.ts";

/** A statement with what its SQL says beyond tables, for the schema. */
export type LinkedStatement = {
  statement: Statement;
  fact: Pick<StatementFact, "in" | "transaction">;
  readings: { reading: SqlReading; text: Text; line: number }[];
};

/** Names every table of every query. Calls of a builder only count where the project uses that builder at all. */
export function linkStatements(symbols: Symbols, readSql: ReadSql, builders: Builders): LinkedStatement[] {
  const linked = [...symbols.files.values()].flatMap((facts) =>
    facts.statements
      .filter((fact) => builders.used.has(fact.source))
      .flatMap((fact) => linkStatement(symbols, readSql, builders, facts.path, fact) ?? []),
  );
  return linked.sort((a, b) => byPlace(a.statement, b.statement));
}

/** Triggers with the tables that their functions touch, wherever the two are declared. */
export function linkTriggers(statements: readonly LinkedStatement[]): Trigger[] {
  const bodies = new Map<string, Trigger["tables"]>();
  for (const { reading } of statements.flatMap(({ readings }) => readings)) {
    for (const { name, tables } of reading.functions) {
      bodies.set(name, uniqueTables(tables.map((table) => ({ table: table.name, mode: table.mode }))));
    }
  }
  const triggers = statements.flatMap(({ statement, readings }) =>
    readings.flatMap(({ reading, line }) =>
      reading.triggers.map((trigger) => ({
        file: statement.file,
        line,
        name: trigger.name,
        on: trigger.on,
        tables: bodies.get(trigger.function) ?? [],
      })),
    ),
  );
  return sortedBy(
    triggers,
    (x) => x.file,
    (x) => x.line,
    (x) => x.name,
  );
}

/** Places where a table is known only at run time, and queries whose tables are guessed. */
export function doubtfulStatements(statements: readonly Statement[]): Problem[] {
  return statements.flatMap(({ file, line: start, tables, code, confidence }) => {
    const unknown = tables
      .filter(({ table }) => table === null)
      .map(({ line }): Problem => {
        return { file, line, reason: `unknown table, its name is known only at run time: ${code}` };
      });
    const guess = { file, line: start, reason: `tables are guessed, PostgreSQL's grammar rejects the query: ${code}` };
    return confidence === "guessed" ? [...unknown, guess] : unknown;
  });
}

// --- internal ---

function linkStatement(
  symbols: Symbols,
  readSql: ReadSql,
  builders: Builders,
  file: string,
  fact: StatementFact,
): LinkedStatement | null {
  const readings = fact.sql.flatMap((piece) => {
    const reading = readSql(fillConstants(symbols, file, piece.text), piece.fragment);
    return reading && isCredible(reading, fact, piece.text) ? [{ reading, line: piece.line, text: piece.text }] : [];
  });
  const snake = fact.source === "kysely" && builders.camelCase;
  const own = new Set(snake ? [...fact.ownNames, ...fact.ownNames.map(snakeCase)] : fact.ownNames);
  const isTable = ({ table }: { table: string | null }): boolean => table === null || !own.has(table);
  const built = fact.tables
    .map(({ name, mode, line }) => ({ table: tableOf(fillConstants(symbols, file, name)), mode, line }))
    .filter(isTable)
    .map((use) => ({ ...use, table: snake && use.table !== null ? snakeCase(use.table) : use.table }));
  const written = readings.flatMap(({ reading, line, text }) =>
    reading.tables.map(({ name, mode, offset }) => ({
      table: name.includes(HOLE_NAME) ? null : name,
      mode,
      line: line + linesBefore(text, offset),
    })),
  );
  const tables = subjectFirst(uniqueTables([...built, ...written.filter(isTable)]), fact.source);
  if (tables.length === 0 && readings.length === 0) return null;

  const guessed = readings.some(({ reading }) => reading.confidence === "guessed");
  const statement: Statement = {
    file,
    line: fact.line,
    function: fact.in,
    source: fact.source,
    tables,
    code: fact.code,
    confidence: guessed ? "guessed" : "parsed",
  };
  return { statement, fact, readings };
}

/**
 * The table that the query is about, then the others in the order of the text: what a builder starts with, what SQL
 * writes; subqueries and common table expressions may stand before it.
 */
function subjectFirst(tables: Statement["tables"], source: StatementFact["source"]): Statement["tables"] {
  const ordered = sortedBy(tables, (use) => use.line);
  const subject = source === "sql" ? (ordered.find((use) => use.mode === "write") ?? ordered[0]) : tables[0];
  return subject ? [subject, ...ordered.filter((use) => use !== subject)] : [];
}

// Text that merely looks like SQL and that the grammar rejects is prose.
function isCredible(reading: SqlReading, fact: StatementFact, text: Text): boolean {
  if (reading.confidence === "parsed") return true;
  return fact.certain || text.some((part) => typeof part !== "string");
}

/** Line breaks before an offset of a text: what to add to the line where the text begins. */
export function linesBefore(text: Text, offset: number): number {
  const known = text.map((part) => (typeof part === "string" ? part : "?")).join("");
  return known.slice(0, offset).split("\n").length - 1;
}

function uniqueTables<Item extends { table: string | null; mode: string; line?: number }>(
  tables: readonly Item[],
): Item[] {
  const byKey = new Map(tables.map((item) => [`${item.table ?? ""}\0${item.mode}\0${item.line ?? 0}`, item]));
  return [...byKey.values()];
}
