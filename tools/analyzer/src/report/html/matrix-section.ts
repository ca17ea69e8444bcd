import type { Analysis } from "../../analysis.ts";
import { SHARED } from "../../contexts/contexts.ts";
import { sayKinds } from "../say-kinds.ts";
import { escape } from "./escape.ts";

/** Who depends on whom, and what it costs to cut: one row for each context that depends, one column for each it needs. */
export function matrixSection({ contexts, ties }: Analysis): string {
  const names = contexts.map(({ name }) => name).filter((name) => name !== SHARED);
  const byPair = new Map(ties.map((tie) => [`${tie.from}\0${tie.to}`, tie]));
  const most = Math.max(1, ...ties.map(({ cost }) => cost));
  const head = names.map((name) => `<th scope="col"><span>${escape(name)}</span></th>`).join("");
  const rows = names.map((from) => {
    const cells = names.map((to) => {
      const tie = byPair.get(`${from}\0${to}`);
      if (from === to) return '<td class="self"></td>';
      if (!tie || tie.cost === 0) return "<td></td>";
      const shade = Math.ceil(5 * Math.sqrt(tie.cost / most));
      const title = `${from} needs ${to}: ${sayKinds(tie.seams) || "types only"}`;
      return (
        `<td class="shade-${shade}"><button type="button" data-from="${escape(from)}" data-to="${escape(to)}" ` +
        `title="${escape(title)}" aria-label="${escape(`${title}, cost ${tie.cost}`)}">${Math.round(tie.cost)}</button></td>`
      );
    });
    return `<tr><th scope="row">${escape(from)}</th>${cells.join("")}</tr>`;
  });
  return `<section id="matrix" aria-labelledby="matrix-title">
<h2 id="matrix-title">Matrix</h2>
<p class="hint">Each number: what the row's context would pay to live without the column's, in units of one call.
Choose one to see its seams.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Rows of the matrix"><table class="matrix">
<thead><tr><td></td>${head}</tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table></div>
</section>`;
}
