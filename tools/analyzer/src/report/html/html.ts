import type { Analysis } from "../../analysis.ts";
import { SHARED } from "../../contexts/contexts.ts";
import { plural } from "../../plural.ts";
import { layOutContexts } from "../map/layout.ts";
import { escape } from "./escape.ts";
import { extractionSection, problemsSection, tablesSection, verdictSection } from "./list-sections.ts";
import { mapSection } from "./map-section.ts";
import { matrixSection } from "./matrix-section.ts";
import { pageData } from "./page-data.ts";

/** What the page wears and what moves it: the texts of `assets/report.css` and `assets/report.js`. */
export type PageAssets = { style: string; script: string };

/**
 * The whole analysis as one page that needs no network. Everything but the lists of seams and files can be read without
 * a script. Equal analyses give equal bytes.
 */
export function renderHtml(analysis: Analysis, { style, script }: PageAssets): string {
  const map = layOutContexts(analysis);
  const data = JSON.stringify(pageData(analysis, map)).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escape(analysis.name)}: contexts</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escape(analysis.name)}</h1>
<p>${totals(analysis)}</p>
<nav aria-label="Sections">${SECTIONS.map(([id, title]) => `<a href="#${id}">${title}</a>`).join(" ")}</nav>
<search class="filter" hidden><label>Filter <input id="filter" type="search" placeholder="file, table, context (press /)"></label>
<output id="filter-count" for="filter"></output></search>
</header>
<main>
${verdictSection(analysis)}
${mapSection(map)}
${matrixSection(analysis)}
${tablesSection(analysis)}
<section id="seams" aria-labelledby="seams-title">
<h2 id="seams-title">Seams</h2>
<div id="seam-tools"></div>
<div id="seam-list"><noscript>This list needs a script; <code>--json</code> has it, too.</noscript></div>
</section>
${extractionSection(analysis)}
${problemsSection(analysis)}
</main>
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

// --- internal ---

const SECTIONS = [
  ["verdict", "Verdict"],
  ["map", "Map"],
  ["matrix", "Matrix"],
  ["tables", "Tables"],
  ["seams", "Seams"],
  ["extraction", "Extraction"],
  ["problems", "Problems"],
] as const;

function totals({ totals: sums, contexts }: Analysis): string {
  const proposed = contexts.filter(({ name }) => name !== SHARED).length;
  return [
    plural(proposed, "context"),
    plural(sums.files, "file"),
    plural(sums.lines, "line"),
    plural(sums.tables, "table"),
    plural(sums.routes, "route"),
    plural(sums.transactions, "transaction"),
  ].join(" &middot; ");
}
