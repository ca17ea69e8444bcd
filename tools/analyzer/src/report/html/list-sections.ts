import type { Analysis } from "../../analysis.ts";
import type { ExtractionStep } from "../../findings/extraction/extraction.ts";
import type { TableOwnership, TableUser } from "../../findings/ownership.ts";
import { plural } from "../../plural.ts";
import { percent } from "../../round.ts";
import { escape } from "./escape.ts";

/** Whether to split at all, with every number it rests on. */
export function verdictSection({ verdict }: Analysis): string {
  const reasons = verdict.reasons.map(
    ({ sentence, speaks }) => `<li class="${speaks}"><strong>${speaks}</strong> ${escape(sentence)}</li>`,
  );
  return `<section id="verdict" aria-labelledby="verdict-title">
<h2 id="verdict-title">${escape(verdict.answer.replaceAll("-", " "))}</h2>
<p>${escape(verdict.because)}</p>
<ul class="reasons">${reasons.join("\n")}</ul>
</section>`;
}

export function tablesSection({ tables }: Analysis): string {
  return `<section id="tables" aria-labelledby="tables-title">
<h2 id="tables-title">Tables</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Rows of tables"><table data-filter>
<thead><tr><th scope="col">table</th><th scope="col">context</th><th scope="col">written by</th><th scope="col">read by</th><th scope="col">what to do</th></tr></thead>
<tbody>${tables.map(tableRow).join("\n")}</tbody>
</table></div>
</section>`;
}

export function extractionSection({ extraction }: Analysis): string {
  return `<section id="extraction" aria-labelledby="extraction-title">
<h2 id="extraction-title">Order of extraction</h2>
<ol class="steps">${extraction.steps.map(stepItem).join("\n")}</ol>
</section>`;
}

/** What could not be read or named; capped, the JSON has all of it. */
export function problemsSection({ unresolved, problems, cycles, orphans }: Analysis): string {
  const lines = [
    ...problems.map(({ file, line, reason }) => `${file}${line === null ? "" : `:${line}`}: ${reason}`),
    ...unresolved.map(({ file, line, specifier, reason }) => `${file}:${line}: ${specifier}: ${reason}`),
  ];
  const left = lines.length - MOST_PROBLEMS;
  return `<section id="problems" aria-labelledby="problems-title">
<h2 id="problems-title">What could not be read</h2>
<p class="hint">${plural(lines.length, "place")}; besides ${plural(cycles.length, "import cycle")} and ${plural(orphans.length, "orphan")}: files that nothing imports and that import nothing.</p>
<ul data-filter>${lines
    .slice(0, MOST_PROBLEMS)
    .map((line) => `<li>${escape(line)}</li>`)
    .join("\n")}</ul>
${left > 0 ? `<p class="hint">and ${left} more in the JSON</p>` : ""}
</section>`;
}

// --- internal ---

const MOST_PROBLEMS = 500;

function tableRow({ name, context, contested, writers, readers, advice }: TableOwnership): string {
  const mark = contested ? ' <span class="mark">shared</span>' : "";
  return (
    `<tr><th scope="row">${escape(name)}${mark}</th><td>${escape(context)}</td><td>${users(writers)}</td>` +
    `<td>${users(readers)}</td><td><strong>${escape(advice.code)}</strong> ${escape(advice.sentence)}</td></tr>`
  );
}

function users(list: readonly TableUser[]): string {
  return list
    .map(({ context, places }) => {
      const title = places.map(({ file, line }) => `${file}:${line}`).slice(0, 10);
      return `<span title="${escape(title.join("\n"))}">${escape(context)} ${places.length}</span>`;
    })
    .join(", ");
}

function stepItem({ context, cost, benefit, reasons, against, build, worthwhile }: ExtractionStep): string {
  const list = (items: readonly string[]): string => items.map((item) => `<li>${escape(item)}</li>`).join("");
  const builds = build.map(({ remedy, owner, what, at }) => `${remedy} of ${owner}: ${what} (${at.file}:${at.line})`);
  return `<li><h3>${escape(context)}</h3>
<p>cost ${cost}, ${percent(benefit.share)} % of the benefit${worthwhile ? "" : ", hardly worth it"}</p>
<ul class="for">${list(reasons)}</ul>
<ul class="against">${list(against)}</ul>
<details><summary>${plural(builds.length, "thing")} to build</summary><ul>${list(builds)}</ul></details></li>`;
}
