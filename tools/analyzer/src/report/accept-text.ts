import { SHARED, type Context } from "../contexts/contexts.ts";
import { plural } from "../plural.ts";
import { renderTable } from "./table.ts";

export type Acceptance = {
  file: string;
  baselineFile: string;
  contexts: readonly Context[];
  crossings: number;
  /** Against the baseline of before. */
  added: number;
  gone: number;
  /** True where accepted contexts were there already and have been kept. */
  extended: boolean;
};

const WIDTH = 80;

/** What was written where, and what to do next. */
export function renderAcceptance({
  file,
  baselineFile,
  contexts,
  crossings,
  added,
  gone,
  extended,
}: Acceptance): string {
  const rows = contexts.map(({ name, files, tables }) => [name, `${files.length}`, `${tables.length}`]);
  const count = contexts.filter(({ name }) => name !== SHARED).length;
  const change = extended ? ` (${added} new, ${gone} gone)` : "";
  return [
    ...renderTable(["context", "files", "tables"], rows, WIDTH, [1, 2]),
    "",
    `${file}: ${plural(count, "context")}. Edit it: names, files, tables, pins.`,
    `${baselineFile}: ${plural(crossings, "crossing")} of today${change}.`,
    'Commit both; "strangler check" holds the code against them.',
    "",
  ].join("\n");
}
