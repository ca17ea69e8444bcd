import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { SCHEMA_VERSION, type Analysis } from "../src/analysis.ts";
import { analyze } from "../src/analyze.ts";
import type { Seam } from "../src/findings/seams.ts";
import { findTies } from "../src/findings/ties.ts";
import { renderJson } from "../src/report/json.ts";
import { renderDot } from "../src/report/dot.ts";
import { renderMermaid } from "../src/report/mermaid.ts";
import { renderSvg } from "../src/report/svg.ts";
import { renderText } from "../src/report/text.ts";

let analysis: Analysis;
beforeAll(async () => {
  analysis = await analyze(join(import.meta.dirname, "fixtures", "layered-shop"));
});

describe("the summary", () => {
  test("fits a screen", () => {
    const lines = renderText(manyContexts(60)).split("\n");

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(60);
  });

  test("names contexts, tables, the worst seam and what to extract first", () => {
    const text = renderText(analysis);

    expect(text).toContain("products*");
    expect(text).toContain("transaction order -> cart, product: cart_items, order_lines, orders, products");
    expect(text).toContain("src/services/orders.ts:8");
    expect(text).toMatch(/Extract first\n {2}review \(cost [\d.]+, \d+ % of the benefit\), because/);
  });

  test("puts a transaction above an event, however many events there are", () => {
    const [knot] = analysis.seams.filter(({ kind }) => kind === "transaction");
    const events = analysis.seams.slice(0, 6).map((seam): Seam => ({ ...seam, kind: "event", line: seam.line + 500 }));
    const text = renderText({ ...analysis, seams: [...events, ...(knot ? [knot] : [])] });

    expect(text.indexOf("  transaction ")).toBeGreaterThan(0);
    expect(text.indexOf("  transaction ")).toBeLessThan(text.indexOf("  event "));
  });

  test("has terminal codes only when asked", () => {
    expect(renderText(analysis)).not.toContain("\u001b");
    expect(renderText(analysis, { color: true })).toContain("\u001b[1mContexts\u001b[22m");
  });
});

describe("the JSON contract", () => {
  test("is one document with a version, the file map and every list", () => {
    const document = JSON.parse(renderJson(analysis)) as Record<string, unknown>;

    expect(document["schemaVersion"]).toBe(SCHEMA_VERSION);
    expect(Object.keys(document)).toEqual([
      "schemaVersion",
      "name",
      "totals",
      "verdict",
      "files",
      "contexts",
      "tables",
      "routes",
      "transactions",
      "seams",
      "ties",
      "metrics",
      "extraction",
      "cycles",
      "orphans",
      "unresolved",
      "problems",
    ]);
    expect(document).toEqual(analysis);
  });

  test("files maps paths relative to the folder to the names of contexts", () => {
    const names = new Set(analysis.contexts.map(({ name }) => name));

    expect(Object.keys(analysis.files)).toContain("src/services/cart.ts");
    expect(Object.values(analysis.files).every((name) => names.has(name))).toBe(true);
    expect(analysis.contexts.flatMap(({ files }) => files).sort()).toEqual(Object.keys(analysis.files).sort());
  });
});

describe("the Mermaid chart", () => {
  test("shows contexts and what ties them, transactions as thick arrows", () => {
    const chart = renderMermaid(analysis);

    expect(chart).toMatch(/^flowchart LR\n/);
    expect(chart).toContain('c0["cart<br/>3 files, 2 tables"]');
    expect(chart).toMatch(/c1 ==>\|"1 transaction, 1 call"\| c0/);
  });

  test("stays below Mermaid's limit of 500 edges and says what is left out", () => {
    const chart = renderMermaid(manyContexts(60));

    expect(chart.split("\n").filter((line) => /-->|==>/.test(line)).length).toBeLessThan(500);
    expect(chart).toContain("weaker ties are left out");
    expect(chart.length).toBeLessThan(50_000);
  });
});

describe("the picture and the graph", () => {
  test("SVG: a circle for each context, dashed lines where a transaction writes both, names as text", () => {
    const odd = { ...analysis, name: 'a "<b>" & c' };
    const picture = renderSvg(odd);

    expect(picture).toContain("<title>a &quot;&lt;b&gt;&quot; &amp; c: 4 contexts</title>");
    expect(picture.match(/<circle /g)).toHaveLength(4);
    expect(picture.match(/<line class="transaction"/g)).toHaveLength(2);
    expect(picture).toBe(renderSvg(odd));
  });

  test("DOT: a node for each context, an edge for each direction, in quotes", () => {
    const graph = renderDot(analysis);

    expect(graph).toMatch(/^digraph "layered-shop" \{/);
    expect(graph).toContain('"cart" [label="cart\\n3 files\\n2 tables, 2 routes"];');
    expect(graph).toMatch(
      /"order" -> "cart" \[label="1 transaction, 1 call", penwidth=[\d.]+, style=bold, color=firebrick\];/,
    );
  });

  test("no context at all is a picture, too", () => {
    const empty = { ...analysis, contexts: [], seams: [], ties: [], tables: [], routes: [] };

    expect(renderSvg(empty)).toContain("0 contexts");
    expect(renderMermaid(empty)).toBe("flowchart LR\n");
  });
});

/** An analysis in which every context calls every other one. */
function manyContexts(count: number): Analysis {
  const names = Array.from({ length: count }, (_, index) => `a-context-with-a-rather-long-name-${index}`);
  const contexts = names.map((name) => ({ name, files: [`${name}.ts`], tables: [], words: [], confidence: 1 }));
  const seams = names.flatMap((from) =>
    names
      .filter((to) => to !== from)
      .map((to): Seam => {
        const file = `src/a/very/deep/folder/for/a/file/${from}/index.ts`;
        const what = "aFunctionWithALongName";
        const cut = { remedy: "api-call", because: "the caller waits for the answer" } as const;
        return { file, line: 1, kind: "call", from, to, what, target: file, weight: 1, ...cut };
      }),
  );
  return { ...analysis, contexts, seams, ties: findTies(seams) };
}
