// A part of rows that another table writes: its row is there whenever it is, and nulls say that it is not. Pure.

import { formatTable } from "../postgres/quote.ts";
import { findColumn, type Both, type BothTables } from "./both-tables.ts";
import { list, planProblem, type PlanProblem } from "./problem.ts";

export function checkPart(part: Both, all: readonly BothTables[]): PlanProblem[] {
  if (part.plan.part !== true) return [];
  const rows = all.find(({ plan }) => plan.to === part.plan.to && plan.part !== true);
  return [...checkParent(part, rows), ...checkEmptiness(part)];
}

// --- internal ---

// Only the source's own foreign key makes sure that the row is there first, and goes last.
function checkParent(part: Both, rows: BothTables | undefined): PlanProblem[] {
  if (rows?.source === undefined) return [];
  const { plan, place, source } = part;
  const plain = (entry: BothTables, column: string) => {
    const mapped = entry.plan.columns[column];
    return typeof mapped === "string" ? mapped : column;
  };
  const pairs = plan.key.map((column) => ({ own: plain(part, column), other: plain(rows, column) }));
  const wanted = pairs
    .map(({ own, other }) => `${own} ${other}`)
    .sort()
    .join();
  const parent = formatTable(rows.source);
  const refers = source.references.some(
    (reference) =>
      formatTable(reference.table) === parent &&
      reference.isSure &&
      reference.columns
        .map((column, at) => `${column} ${reference.referenced[at]}`)
        .sort()
        .join() === wanted,
  );
  if (refers) return [];
  const names = (side: "own" | "other") => pairs.map((pair) => pair[side]).join(", ");
  const sentence = `${plan.from} fills a part of the rows of ${plan.to}, and no foreign key of the source makes sure that each has a row of ${parent} to be a part of. ALTER TABLE ${plan.from} ADD FOREIGN KEY (${names("own")}) REFERENCES ${parent} (${names("other")}), not deferrable.`;
  return [planProblem("PART_WITHOUT_ROW", `tables.${place}.part`, sentence)];
}

function checkEmptiness({ plan, place, target }: Both): PlanProblem[] {
  const own = Object.keys(plan.columns).filter((name) => !plan.key.includes(name));
  const never = own.filter((name) => {
    const column = findColumn(target, name);
    return column?.notNull === true || column?.hasDefault === true;
  });
  if (never.length === 0) return [];
  const sentence = `The target's ${plan.to} shows by nulls that a row has no part from ${plan.from}, but ${list(never)} cannot be null or has a default. ALTER TABLE ${plan.to} ALTER COLUMN ${never[0]} DROP NOT NULL, ALTER COLUMN ${never[0]} DROP DEFAULT.`;
  return [planProblem("PART_COLUMN_NEVER_EMPTY", `tables.${place}.columns.${never[0]}`, sentence)];
}
