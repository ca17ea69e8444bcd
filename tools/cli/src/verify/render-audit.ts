import type { AuditReport, TableAudit } from "@strangler/cdc";
import { renderTable } from "../render-table.ts";
import { shorten, wrap } from "../wrap.ts";

/** Who wrote to the target, for people, in 80 columns. */
export function renderAudit({ stream, outcome, tables }: AuditReport): string {
  const head = ["table", "outcome", "guard", "by the stream", "by others", "earlier"];
  const rows = tables.map(({ table, outcome: of, guard, rows: counts }) => [
    shorten(table, 24),
    of,
    guard ?? "none",
    ...(counts === null ? ["-", "-", "-"] : [counts.stream, counts.other, counts.earlier].map(String)),
  ]);
  return [
    `Stream ${stream}: ${SAYS[outcome]}`,
    renderTable(head, rows, { right: [3, 4, 5] }),
    ...tables.flatMap(renderDetails),
  ].join("\n");
}

// --- internal ---

const SAYS: Record<AuditReport["outcome"], string> = {
  clean: "nobody else has written to its target",
  foreign: "somebody else has written to its target",
  unknown: "who wrote to its target cannot be known",
};

function renderDetails({ table, blind, foreignWrites, examples }: TableAudit): string[] {
  return [
    ...(blind === undefined ? [] : [wrap(`${table}: ${blind}`, "  ")]),
    ...foreignWrites.map(({ role, application, op, statements, lastAt }) =>
      wrap(`${table}: ${statements} x ${op} by ${role} (${application || "no name"}), the last at ${lastAt}`, "  "),
    ),
    ...examples.map(({ key, at, origin }) => {
      const name = Object.entries(key).map(([column, value]) => `${column} = ${value ?? "null"}`);
      const by = origin === "" ? "" : ` under the origin ${origin}`;
      return wrap(`${table}: ${name.join(", ")} was written at ${at}${by}`, "  ");
    }),
  ];
}
