// What a plan says against itself, before any database is asked. Pure: the parsed file in, complaints out.

import { nearest } from "@strangler/platform";
import { isConstant } from "./column-plan.ts";
import { findPairProblems } from "../two-way/pair-problems.ts";
import { findLoops } from "./loops.ts";
import type { StreamPlan, TablePlan } from "./stream-plan.ts";

/** A complaint about the part of the file at `path`. */
export type Contradiction = { path: readonly PropertyKey[]; reason: string; suggestion?: string };

/** A stream as the file has it: without the name under which it stands there. */
export type PlannedStream = Omit<StreamPlan, "name">;

/** Everything that cannot be meant: a key that is no column, two writers of one row, streams that feed each other. */
export function findContradictions(streams: Readonly<Record<string, PlannedStream>>): Contradiction[] {
  return [
    ...Object.entries(streams).flatMap(([name, stream]) => inStream(name, stream)),
    ...findSharedTargets(streams),
    ...findLoops(streams),
    ...findPairProblems(streams),
  ];
}

/** The words of two entries of one target that keep their rows apart: a key column that is a different constant in each. */
export function apartBy(one: TablePlan, other: TablePlan): string | undefined {
  return one.key.find((column) => {
    const here = one.columns[column];
    const there = other.columns[column];
    return (
      other.key.includes(column) &&
      isConstant(here) &&
      isConstant(there) &&
      here.constant !== null &&
      there.constant !== null &&
      here.constant !== there.constant
    );
  });
}

// --- internal ---

function inStream(name: string, stream: PlannedStream): Contradiction[] {
  const at = ["streams", name];
  const itself: Contradiction[] =
    stream.source === stream.target
      ? [{ path: [...at, "target"], reason: `the target of "${name}" is its source, "${stream.source}".` }]
      : [];
  return [
    ...itself,
    ...stream.tables.flatMap((table, place) => inTable(table, stream, [...at, "tables", place])),
    ...inChanges(stream, at),
  ];
}

function inTable(table: TablePlan, stream: PlannedStream, at: readonly PropertyKey[]): Contradiction[] {
  const before = stream.tables.slice(0, stream.tables.indexOf(table)).filter(({ to }) => to === table.to);
  const shares = stream.tables.filter(({ to }) => to === table.to).length > 1;
  return [
    ...inKey(table, at),
    ...(table.part === true ? inPart(table, stream, at) : inUnion(table, before, at)),
    ...(shares && table.others !== undefined
      ? [{ path: [...at, "others"], reason: `${table.to} is filled by several entries; each must name its columns.` }]
      : []),
  ];
}

function inKey(table: TablePlan, at: readonly PropertyKey[]): Contradiction[] {
  const complaints = table.key.flatMap((column, place): Contradiction[] => {
    const mapped = table.columns[column];
    const path = [...at, "key", place];
    if (mapped === undefined && table.others !== undefined) return [];
    if (mapped === undefined) {
      const guess = nearest(column, Object.keys(table.columns));
      const suggestion = guess === undefined ? "Name it under columns." : `Did you mean "${guess}"?`;
      return [{ path, reason: `the key "${column}" is not among the columns of ${table.to}.`, suggestion }];
    }
    if (typeof mapped === "string" || isConstant(mapped)) return [];
    const what = "enum" in mapped ? "a translation" : "an expression";
    const reason = `the key "${column}" is ${what}; a row must keep its name on the way.`;
    return [{ path, reason, suggestion: "Map it to a plain column." }];
  });
  if (complaints.length > 0 || !table.key.every((column) => isConstant(table.columns[column]))) return complaints;
  return [
    {
      path: [...at, "key"],
      reason: `the key of ${table.to} is the same for every row of ${table.from}.`,
      suggestion: "Add the columns that name a row at the source.",
    },
  ];
}

function inUnion(table: TablePlan, before: readonly TablePlan[], at: readonly PropertyKey[]): Contradiction[] {
  const clash = before.find((other) => other.part !== true && apartBy(table, other) === undefined);
  if (clash === undefined) return [];
  return [
    {
      path: [...at, "to"],
      reason: `${table.to} is already written by this stream, from ${clash.from}, and nothing keeps their rows apart.`,
      suggestion:
        'Give both a key column with a constant of its own ({constant: ...}), or say "part: true" where an entry only adds columns to the other\'s rows.',
    },
  ];
}

function inPart(table: TablePlan, stream: PlannedStream, at: readonly PropertyKey[]): Contradiction[] {
  const same = stream.tables.filter((other) => other !== table && other.to === table.to);
  const main = same.find((other) => other.part !== true);
  const path = [...at, "part"];
  if (main === undefined) {
    const reason = `no other entry writes the rows of ${table.to} that this one is to fill.`;
    return [{ path, reason, suggestion: 'Add it, or leave "part" out.' }];
  }
  const complaints: Contradiction[] = [];
  if (same.filter((other) => other.part !== true).length > 1) {
    complaints.push({ path, reason: `several entries write the rows of ${table.to}; a part needs exactly one.` });
  }
  if (
    [...main.key].sort().join() !== [...table.key].sort().join() ||
    main.key.some((column) => isConstant(table.columns[column]))
  ) {
    complaints.push({
      path: [...at, "key"],
      reason: `a part of ${table.to} has the same key as its rows: ${main.key.join(", ")}.`,
    });
  }
  if (main.where !== undefined) {
    const place = stream.tables.indexOf(main);
    const reason = `the rows of ${table.to} are filtered, so a part of one that appears later would be missing.`;
    complaints.push({ path: [...at.slice(0, -1), place, "where"], reason });
  }
  const own = Object.keys(table.columns).filter((column) => !table.key.includes(column));
  if (own.length === 0)
    complaints.push({ path: [...at, "columns"], reason: `this part of ${table.to} fills no column.` });
  for (const column of own) {
    const other = same.find((each) => Object.hasOwn(each.columns, column));
    if (other === undefined) continue;
    complaints.push({
      path: [...at, "columns", column],
      reason: `"${column}" of ${table.to} is already filled from ${other.from}.`,
    });
  }
  return complaints;
}

function inChanges(stream: PlannedStream, at: readonly PropertyKey[]): Contradiction[] {
  const changes = stream.schemaChanges ?? [];
  if (changes.length > 0 && stream.onSchemaChange !== "mapped") {
    const reason = 'schemaChanges count only with "onSchemaChange: mapped".';
    return [{ path: [...at, "schemaChanges"], reason }];
  }
  return changes.flatMap(({ from: table, to, columns }, place) => {
    const path = [...at, "schemaChanges", place];
    const entries = stream.tables.filter(({ from }) => from === table);
    if (entries.length === 0) {
      const names = stream.tables.map(({ from }) => from);
      const guess = nearest(table, names);
      const suggestion = guess === undefined ? `It reads: ${names.join(", ")}.` : `Did you mean "${guess}"?`;
      return [{ path: [...path, "from"], reason: `this stream does not read ${table}.`, suggestion }];
    }
    if (to !== undefined && !entries.some((entry) => entry.to === to)) {
      return [{ path: [...path, "to"], reason: `${table} does not fill ${to} in this stream.` }];
    }
    if (columns !== undefined && to === undefined && entries.length > 1) {
      return [
        {
          path: [...path, "columns"],
          reason: `${table} fills several tables.`,
          suggestion: "Say with `to` which one.",
        },
      ];
    }
    return [];
  });
}

// One row with two writers would flicker between what the one and what the other says.
function findSharedTargets(streams: Readonly<Record<string, PlannedStream>>): Contradiction[] {
  const writers = new Map<string, string>();
  return Object.entries(streams).flatMap(([name, { target, tables }]) =>
    tables.flatMap(({ to }, place): Contradiction[] => {
      const key = JSON.stringify([target, to]);
      const writer = writers.get(key);
      if (writer === undefined) writers.set(key, name);
      if (writer === undefined || writer === name) return [];
      const reason = `${to} of "${target}" is already written by the stream "${writer}".`;
      return [
        {
          path: ["streams", name, "tables", place, "to"],
          reason,
          suggestion: "A table has one stream that writes it.",
        },
      ];
    }),
  );
}
