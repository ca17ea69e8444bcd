import { plural } from "../../plural.ts";
import { percent } from "../../round.ts";
import type { Seam } from "../seams.ts";
import type { Findings } from "./plan-extraction.ts";
import type { ExtractionStep } from "./extraction.ts";

/** What speaks for taking this context out now, in numbers. */
export function reasonsFor(step: ExtractionStep, open: readonly Seam[]): string[] {
  const { context, benefit, seams, tables, cheaper } = step;
  const inbound = open.filter(({ to }) => to === context).length;
  return [
    `it is whole: ${plural(benefit.files, "file")}, ${plural(tables.length, "table")}, ${plural(step.routes, "route")}`,
    `${plural(open.length, "seam")} to cut, ${inbound} of them where others depend on it`,
    ...(seams.transaction === 0 ? ["no transaction spans it and another context"] : []),
    ...(tables.length > 0 ? [`${percent(benefit.purity)} % of the accesses to its tables are its own`] : []),
    ...(benefit.changes ? [`its files were changed ${plural(benefit.changes, "time")}`] : []),
    ...(cheaper.length > 0 ? [`it makes ${cheaper.map((later) => later.context).join(", ")} cheaper`] : []),
  ];
}

/** What speaks against it, hardest first. */
export function reasonsAgainst(step: ExtractionStep, open: readonly Seam[], { tables }: Findings): string[] {
  const { context, seams } = step;
  const foreign = (mode: string): Seam[] =>
    open.filter((seam) => seam.kind === "access" && seam.to === context && seam.target === mode);
  const shared = [
    ...(seams.join > 0 ? [plural(seams.join, "join")] : []),
    ...(seams["foreign-key"] > 0 ? [plural(seams["foreign-key"], "foreign key")] : []),
  ];
  const interim = step.build.filter((item) => item.interim).length;
  const contested = tables.filter((table) => table.context === context && table.contested).map(({ name }) => name);
  return [
    ...(seams.transaction > 0
      ? [`${plural(seams.transaction, "transaction")} with others: a saga or an outbox each`]
      : []),
    ...(seams.trigger > 0 ? [`${plural(seams.trigger, "trigger")} across its border`] : []),
    ...(foreign("write").length > 0
      ? [`others write ${contested.join(", ")} in ${plural(foreign("write").length, "place")}`]
      : []),
    ...(foreign("read").length > 0 ? [`others read its tables in ${plural(foreign("read").length, "place")}`] : []),
    ...(shared.length > 0 ? [`${shared.join(" and ")} across its border`] : []),
    ...(interim > 0 ? [`the monolith has to offer it ${plural(interim, "thing")} meanwhile`] : []),
  ];
}
