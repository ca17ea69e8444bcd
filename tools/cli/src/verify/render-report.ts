import type { Difference, TableReport, VerifyReport } from "@strangler/cdc";
import { renderTable } from "../render-table.ts";
import { shorten, wrap } from "../wrap.ts";

/** A verification for people, in 80 columns. */
export function renderReport(report: VerifyReport): string {
  const head = ["table", "outcome", "rows", "missing", "extra", "changed"];
  const rows = report.tables.map(({ table, outcome, rows: count, differences }) => [
    shorten(table, 22),
    outcome,
    String(count),
    String(differences.missing),
    String(differences.extra),
    String(differences.changed),
  ]);
  return [
    `Stream ${report.stream}: ${report.outcome}, after ${seconds(report.ms)} s, from position ${report.position}`,
    renderTable(head, rows, { right: [2, 3, 4, 5] }),
    ...report.tables.flatMap(renderDetails),
  ].join("\n");
}

// --- internal ---

function renderDetails(table: TableReport): string[] {
  const remarks = [
    ...(table.sample === undefined ? [] : [`a sample of ${table.sample} percent was looked at`]),
    ...(table.resumedFrom === undefined ? [] : [`the first part was looked at from ${table.resumedFrom} on`]),
    ...(table.reason === undefined ? [] : [table.reason]),
  ];
  return [
    ...remarks.map((remark) => wrap(`${table.table}: ${remark}`, "  ")),
    ...table.examples.map((each) => renderDifference(table, each)),
    ...renderRest(table),
  ];
}

function renderDifference({ table, source }: TableReport, { kind, key, columns, values, cause }: Difference): string {
  const name = Object.entries(key)
    .map(([column, value]) => `${column} = ${value ?? "null"}`)
    .join(", ");
  const lines = [
    wrap(`${table}: ${name} ${WHAT[kind](source, columns)}`, "  "),
    ...columns.map((column) => {
      const { source: here = null, target: there = null } = values[column] ?? {};
      return wrap(`  ${column}: ${here ?? "null"} at the source, ${there ?? "null"} at the target`, "    ");
    }),
    wrap(`  likely: ${cause.sentence}`, "    "),
  ];
  return lines.join("\n");
}

const WHAT: Record<Difference["kind"], (source: string, columns: readonly string[]) => string> = {
  missing: (source) => `is missing; ${source} has it`,
  extra: (source) => `is extra; ${source} does not have it`,
  changed: (_, columns) => `differs in ${columns.join(", ")}`,
};

function renderRest({ table, differences: { missing, extra, changed }, examples }: TableReport): string[] {
  const more = missing + extra + changed - examples.length;
  return more > 0 && examples.length > 0 ? [`${table}: and ${more} more`] : [];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
