import type { DdlNote, NotedColumn } from "./ddl-note.ts";

/** One change of a table of the source, as far as a stream is concerned. */
export type SchemaChange =
  | { kind: "add"; column: NotedColumn }
  | { kind: "drop"; name: string }
  | { kind: "rename"; from: string; to: string }
  | { kind: "retype"; column: NotedColumn; was: string }
  | { kind: "move"; to: string }
  | { kind: "vanish" };

/** What one statement did to a table. Pure. Defaults, constraints and lengths are the source's own affair. */
export function findChanges({ before, after }: Pick<DdlNote, "before" | "after">): SchemaChange[] {
  if (after === null) return [{ kind: "vanish" }];
  const changes: SchemaChange[] = [];
  const to = `${after.schema}.${after.table}`;
  if (to !== `${before.schema}.${before.table}`) changes.push({ kind: "move", to });
  const was = new Map(before.columns.map((column) => [column.number, column]));
  const is = new Set(after.columns.map(({ number }) => number));
  for (const { number, name } of before.columns) if (!is.has(number)) changes.push({ kind: "drop", name });
  for (const column of after.columns) {
    const old = was.get(column.number);
    if (old === undefined) changes.push({ kind: "add", column });
    else if (old.name !== column.name) changes.push({ kind: "rename", from: old.name, to: column.name });
    if (old !== undefined && old.typeId !== column.typeId) changes.push({ kind: "retype", column, was: old.label });
  }
  return changes;
}

/** A change as a plan names it under `on`, and as people read it. */
export function nameChange(change: SchemaChange): string {
  switch (change.kind) {
    case "add":
      return `ADD COLUMN ${change.column.name}`;
    case "drop":
      return `DROP COLUMN ${change.name}`;
    case "rename":
      return `RENAME COLUMN ${change.from} TO ${change.to}`;
    case "retype":
      return `ALTER COLUMN ${change.column.name} TYPE`;
    case "move":
      return `RENAME TO ${change.to}`;
    case "vanish":
      return "DROP TABLE";
  }
}

/** Whether a plan's `on` means this change. Key words may be written in either case. */
export function isNamed(on: string, change: SchemaChange): boolean {
  return normal(on) === nameChange(change);
}

// --- internal ---

function normal(on: string): string {
  const words = on.split(/\s+/);
  const isName = (place: number) => place === 2 || (place === 4 && words[0]?.toUpperCase() === "RENAME");
  return words.map((word, place) => (isName(place) ? word : word.toUpperCase())).join(" ");
}
