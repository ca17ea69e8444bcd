import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  compare,
  renderHtml,
  renderMarkdown,
  renderRun,
  renderText,
  writeReport,
  type Block,
  type Comparison,
} from "../src/index.ts";
import { createRandom } from "../src/random.ts";
import type { Run } from "../src/run.ts";
import { drawLatencies, fakeRun } from "./fake-run.ts";

const LABELS = { before: "monolith", after: "service" };
const BLOCKS = blocksOf(20);

describe("the page", () => {
  const html = renderHtml(fullComparison());

  test("needs nothing from elsewhere, and nobody's permission to run something", () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<object|@import|url\(|\son\w+=/i);
    expect(html.match(/(src|href)="[^"]*"/g)).toEqual(['href="#figures"']);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("is smaller than 500 KB after the longest usual comparison", () => {
    expect(Buffer.byteLength(html)).toBeLessThan(500_000);
  });

  test("begins with the answer in words", () => {
    expect(html).toMatch(/<h1>Service is slower than monolith: a typical request takes/);
  });

  test("tells every picture's content to people who do not see it, in words and as a table", () => {
    const pictures = html.match(/<svg viewBox="[^"]*" role="img" aria-label="[^"]{40,}"/g) ?? [];

    expect(pictures).toHaveLength(6); // three, each for wide and for narrow screens
    expect(html.match(/<table>/g)?.length).toBeGreaterThanOrEqual(4);
    expect(html.match(/<caption>/g)).toHaveLength(html.match(/<table>/g)?.length ?? 0);
  });

  test("can be read with the keyboard alone", () => {
    expect(html).toContain('<a class="skip" href="#figures">');
    expect(html.match(/class="scroll" role="region" tabindex="0" aria-label="/g)).toHaveLength(
      html.match(/<table>/g)?.length ?? 0,
    );
  });

  test("is one well-formed tree", () => {
    expect(findUnclosed(html)).toEqual([]);
  });

  test("names circumstances, and what it does not show", () => {
    expect(html).toContain("What these numbers do not show");
    for (const label of [
      "scenario",
      "machine",
      "Node",
      "commit",
      "generator lateness",
      "noise of the machine",
      "data: things",
    ]) {
      expect(html).toContain(`<dt>${label}</dt>`);
    }
  });

  test("shows text from servers and files as text", () => {
    const evil = '<script>alert("x")</script>';
    const page = renderHtml(fullComparison({ labels: { before: evil, after: "b" }, notes: { note: evil } }));

    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
  });

  test("can be drawn when nothing could be compared", () => {
    const page = renderHtml(compare(BLOCKS.slice(0, 2), { labels: LABELS }));

    expect(page).toMatch(/<h1>Could not compare/);
    expect(page).not.toContain("NaN");
    expect(findUnclosed(page)).toEqual([]);
  });
});

describe("on a terminal", () => {
  test("no line is longer than 80 characters, whatever the names", () => {
    const labels = { before: "the-monolith-of-yesterday", after: "the-service-of-tomorrow" };

    expect(longestLine(renderText(fullComparison({ labels })))).toBeLessThanOrEqual(80);
    expect(longestLine(renderRun(runOf(createRandom("terminal"), 1, 0)))).toBeLessThanOrEqual(80);
  });

  test("a run with failures names them and who answered", () => {
    const text = renderRun(fakeRun({ latenciesMs: [1, 2, 3], failed: 7 }));

    expect(text).toContain("fake: 3 visitors in 10 s, 10 requests, 7 failed");
    expect(text).toContain("00:00:00.000 page: GET /: status 500 instead of 200 (stub)");
    expect(text).toContain("and 2 more; --json has all");
  });

  test("a run whose generator was late says so", () => {
    expect(renderRun(fakeRun({ latenciesMs: [1], latenessMs: 80 }))).toContain(
      "These figures cannot be relied on: the generator",
    );
  });
});

describe("the files", () => {
  test("are a page, the same as JSON, and Markdown for a comment", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "report-"));
    const comparison = fullComparison();

    const files = await writeReport(path.join(directory, "reports"), comparison);

    expect(path.basename(files.html)).toBe("compare-20260101-000000.html");
    expect(await readFile(files.html, "utf8")).toBe(renderHtml(comparison));
    expect(
      compare((JSON.parse(await readFile(files.json, "utf8")) as Comparison).blocks, { labels: LABELS }).figures,
    ).toEqual(comparison.figures);
    expect(await readFile(files.markdown, "utf8")).toBe(renderMarkdown(comparison));
    await rm(directory, { recursive: true });
  });
});

// --- internal ---

function fullComparison(options: Partial<Parameters<typeof compare>[1]> = {}): Comparison {
  return compare(BLOCKS, { labels: LABELS, ...options });
}

/** As long and as wide as `strangler compare` usually is: 10 s blocks, 26 steps. */
function blocksOf(pairs: number): Block[] {
  const random = createRandom("report");
  return Array.from({ length: pairs }, (_, pair): Block[] => [
    { pair, side: "before", run: runOf(random, 1, 2 * pair) },
    { pair, side: "after", run: runOf(random, 1.3, 2 * pair + 1) },
  ]).flat();
}

function runOf(random: ReturnType<typeof createRandom>, factor: number, position: number): Run {
  const startedAt = new Date(Date.UTC(2026, 0, 1) + position * 11_000).toISOString();
  const run = fakeRun({ latenciesMs: drawLatencies(random, 500, 10 * factor), startedAt });
  const step = run.steps["page"] as Run["steps"][string];
  const second = run.seconds[0] as Run["seconds"][number];
  return {
    ...run,
    steps: Object.fromEntries(
      Array.from({ length: 26 }, (_, index) => [`a step with a rather long name, ${index}`, step]),
    ),
    seconds: Array.from({ length: 10 }, (_, index) => ({ ...second, atMs: index * 1000 })),
    circumstances: { ...run.circumstances, dataSize: { things: "1000" } },
  };
}

function longestLine(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

/** The names of elements that are opened and not closed in order. */
function findUnclosed(html: string): string[] {
  const open: string[] = [];
  const body = html.replace(/<style>[\s\S]*?<\/style>/, "");
  for (const [, slash, name = ""] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (name === "meta") continue;
    if (slash === "") open.push(name);
    else if (open.pop() !== name) return [`${name} is closed before it was opened`];
  }
  return open;
}
