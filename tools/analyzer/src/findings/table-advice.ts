import { SHARED } from "../contexts/contexts.ts";
import { countBy } from "../count.ts";
import type { Facts, Place } from "../facts.ts";
import { plural } from "../plural.ts";
import type { TableOwnership, TableUser } from "./ownership.ts";

/** What to do with a table. */
export type AdviceCode =
  | "keep"
  | "move-writers"
  | "own-api"
  | "reference-copy"
  | "event-and-copy"
  | "split-table"
  | "merge-contexts"
  | "unused";

export type TableAdvice = {
  code: AdviceCode;
  /** Why, in the table's own numbers. */
  sentence: string;
  /** Places of other contexts that have to change, writes first, at most five; its seams have all of them. */
  places: Place[];
};

/** A table whose ownership is known, before anybody has judged it. */
export type OwnedTable = Omit<TableOwnership, "advice">;

/** Gives every table the advice of the first rule that fits. */
export function adviseTables(tables: readonly OwnedTable[], facts: Facts): TableOwnership[] {
  const columns = new Map(facts.tables.map((table) => [table.name, table.columns.length]));
  const mingled = countMingled(tables);
  return tables.map((table) => {
    const use = usageOf(table, columns.get(table.name) ?? 0, mingled);
    const rule = RULES.find(({ when }) => when(use)) ?? LAST;
    const places = [...use.foreignWrites, ...use.foreignReads].slice(0, MOST_PLACES);
    return { ...table, advice: { code: rule.code, sentence: rule.sentence(use), places } };
  });
}

// --- internal ---

const MOST_PLACES = 5;

/** From here on a copy is cheaper than asking: so many places would wait for the answer. */
const MANY_READS = 4;
/** A table that its owner writes in so few places hardly changes: it is reference data. */
const FEW_WRITES = 2;
/** So many writes can be moved by hand. */
const FEW_FOREIGN_WRITES = 3;
/** A table this wide that many write is most often several tables in one. */
const WIDE = 15;
const MANY_WRITERS = 3;
/** Two contexts that write so many tables together are one. */
const MANY_MINGLED = 3;

type Usage = {
  owner: string;
  ownWrites: number;
  ownReads: number;
  foreignWrites: Place[];
  foreignReads: Place[];
  writers: string[];
  readers: string[];
  columns: number;
  /** Tables that the owner and the other writer both write, where there is one other writer. */
  mingled: number;
};

type Rule = { code: AdviceCode; when: (use: Usage) => boolean; sentence: (use: Usage) => string };

const RULES: readonly Rule[] = [
  {
    code: "unused",
    when: (use) => use.ownWrites + use.ownReads + use.foreignWrites.length + use.foreignReads.length === 0,
    sentence: () => "no query that could be read touches it",
  },
  {
    code: "keep",
    when: (use) => use.foreignWrites.length + use.foreignReads.length === 0,
    sentence: (use) =>
      `only ${use.owner} uses it: ${plural(use.ownWrites, "place writes", "places write")} it, ` +
      `${plural(use.ownReads, "reads", "read")} it`,
  },
  {
    code: "merge-contexts",
    when: (use) => use.writers.length === 1 && use.mingled >= MANY_MINGLED,
    sentence: (use) =>
      `${use.owner} and ${use.writers.join()} both write ${use.mingled} tables: they are one context, or the line ` +
      "between them runs elsewhere",
  },
  {
    code: "split-table",
    when: (use) =>
      use.columns >= WIDE && use.writers.length + 1 >= MANY_WRITERS && use.ownWrites < use.foreignWrites.length,
    sentence: (use) =>
      `it has ${use.columns} columns, and ${use.writers.length + 1} contexts write it, ${use.owner} in only ` +
      `${use.ownWrites} of ${use.ownWrites + use.foreignWrites.length} places: give each its own part`,
  },
  {
    code: "move-writers",
    when: (use) => use.foreignWrites.length > 0 && use.foreignWrites.length <= FEW_FOREIGN_WRITES,
    sentence: (use) =>
      `${subject(use.writers, "write")} it in ` +
      `${plural(use.foreignWrites.length, "place")} (${placeOf(use.foreignWrites)}) against ${use.ownWrites} of ` +
      `${use.owner}: let ${use.owner} do it`,
  },
  {
    code: "own-api",
    when: (use) => use.foreignWrites.length > 0,
    sentence: (use) =>
      `${subject(use.writers, "write")} it in ${use.foreignWrites.length} places against ${use.ownWrites} of ` +
      `${use.owner}: too many to move, so ${use.owner} offers what they do as its own operations`,
  },
  {
    code: "reference-copy",
    when: (use) => use.foreignReads.length >= MANY_READS && use.ownWrites <= FEW_WRITES,
    sentence: (use) =>
      `${subject(use.readers, "read")} it in ${use.foreignReads.length} places, and ${use.owner} writes it in only ` +
      `${use.ownWrites}: give them a copy`,
  },
  {
    code: "event-and-copy",
    when: (use) => use.foreignReads.length >= MANY_READS,
    sentence: (use) =>
      `${subject(use.readers, "read")} it in ${use.foreignReads.length} places, and ${use.owner} writes it in ` +
      `${use.ownWrites}: announce each change, so that they can keep a copy`,
  },
];

const LAST: Rule = {
  code: "own-api",
  when: () => true,
  sentence: (use) =>
    `${subject(use.readers, "read")} it in ${plural(use.foreignReads.length, "place")} ` +
    `(${placeOf(use.foreignReads)}): few enough to ask ${use.owner}`,
};

function usageOf(table: OwnedTable, columns: number, mingled: ReadonlyMap<string, number>): Usage {
  const { context, writers, readers } = table;
  const [foreignWriters, foreignReaders] = [othersThan(context, writers), othersThan(context, readers)];
  return {
    owner: context,
    ownWrites: placesOf(context, writers),
    ownReads: placesOf(context, readers),
    foreignWrites: foreignWriters.flatMap(({ places }) => places),
    foreignReads: foreignReaders.flatMap(({ places }) => places),
    writers: foreignWriters.map((user) => user.context),
    readers: foreignReaders.map((user) => user.context),
    columns,
    mingled: mingled.get(pairKey(context, foreignWriters[0]?.context ?? "")) ?? 0,
  };
}

function othersThan(owner: string, users: readonly TableUser[]): TableUser[] {
  return users.filter(({ context }) => context !== owner && context !== SHARED);
}

function placesOf(owner: string, users: readonly TableUser[]): number {
  return users.find(({ context }) => context === owner)?.places.length ?? 0;
}

/** How many tables each two contexts both write. */
function countMingled(tables: readonly OwnedTable[]): Map<string, number> {
  const pairs = tables.flatMap(({ writers }) => {
    const names = writers.map(({ context }) => context).filter((name) => name !== SHARED);
    return names.flatMap((a, index) => names.slice(index + 1).map((b) => pairKey(a, b)));
  });
  return countBy(pairs);
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a}\0${b}` : `${b}\0${a}`;
}

function placeOf([first, ...others]: readonly Place[]): string {
  return first ? `${first.file}:${first.line}${others.length > 0 ? ", ..." : ""}` : "";
}

/** `sales reads`, `sales, billing read`. */
function subject(names: readonly string[], verb: string): string {
  return `${names.join(", ")} ${verb}${names.length === 1 ? "s" : ""}`;
}
