import type { Comparison, CurvePoint, Figure, Side } from "../compare/comparison.ts";
import { asCount, inMs } from "../words.ts";
import { circumstanceLines } from "./circumstances.ts";
import { forestHeight, forestPlot, forestRows } from "./forest-plot.ts";
import { whatIsNotShown } from "./limits.ts";
import { parts, tag, type Markup } from "./markup.ts";
import { percentilePlot } from "./percentile-plot.ts";
import { inBothSizes } from "./plot.ts";
import { STYLE } from "./style.ts";
import { figureCells, figuresTable, table, type Row } from "./tables.ts";
import { timePlot } from "./time-plot.ts";

/** The whole comparison as one page that needs nothing else: no script, no network, no font. */
export function renderHtml(comparison: Comparison): string {
  const title = `${comparison.sides.before.label} and ${comparison.sides.after.label} under ${comparison.circumstances.scenario}`;
  const page = tag(
    "html",
    { lang: "en" },
    tag(
      "head",
      {},
      tag("meta", { charset: "utf-8" }),
      tag("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      // Says to the browser what the page promises to its reader.
      tag("meta", {
        "http-equiv": "Content-Security-Policy",
        content: "default-src 'none'; style-src 'unsafe-inline'",
      }),
      tag("title", {}, title),
      { markup: `<style>${STYLE}</style>` },
    ),
    tag("body", {}, tag("a", { class: "skip", href: "#figures" }, "To the figures"), body(comparison)),
  );
  return `<!doctype html>\n${page.markup}\n`;
}

// --- internal ---

function body(comparison: Comparison): Markup {
  return parts(
    heading(comparison),
    tag(
      "main",
      {},
      cards(comparison),
      failures(comparison),
      leftOut(comparison),
      percentiles(comparison),
      overTime(comparison),
      perStep(comparison),
      figures(comparison),
      circumstances(comparison),
      limits(comparison),
    ),
    tag(
      "footer",
      {},
      tag("p", {}, "All values of this page, with every block's histogram, stand in the JSON file beside it."),
    ),
  );
}

function heading({ headline, circumstances: { scenario, startedAt } }: Comparison): Markup {
  const when = `${startedAt.slice(0, 10)} ${startedAt.slice(11, 16)} UTC`;
  const unbroken = headline.replaceAll(/(?<=\d) (?=ms|%|pts)/g, "\u00a0");
  const [first, ...more] = unbroken.split(/(?<=\.) (?=[A-Z])/);
  return tag(
    "header",
    {},
    tag("p", { class: "kicker" }, `Load comparison \u00b7 ${scenario} \u00b7 ${when}`),
    tag("h1", {}, first),
    more.length === 0 ? undefined : tag("p", {}, more.join(" ")),
  );
}

const CARD_TITLES: Readonly<Record<string, string>> = {
  median: "A typical request",
  "99th percentile": "The slowest 1 in 100",
  throughput: "Correct answers",
  errors: "Failed",
};

function cards({ figures: all }: Comparison): Markup {
  const shown = all.filter(({ name }) => name in CARD_TITLES);
  return tag("ul", { class: "cards", "aria-label": "The most important figures" }, shown.map(card));
}

function card(figure: Figure): Markup {
  const { name, before, after, change, verdict } = figureCells(figure);
  const isCompared = figure.outcome === "compared";
  const said = isCompared && figure.verdict !== "no difference seen" ? `${change}, ${verdict}` : verdict;
  return tag(
    "li",
    {},
    tag("h3", {}, CARD_TITLES[name] ?? name),
    tag(
      "p",
      { class: "numbers" },
      tag("span", { class: "before" }, before),
      tag("span", { class: "arrow" }, "\u2192"),
      tag("span", { class: "after" }, after),
    ),
    tag("p", { class: `change ${moodOf(figure)}` }, said),
  );
}

/** `more` is good for answers and bad for errors. */
function moodOf(figure: Figure): string {
  if (figure.outcome !== "compared") return "";
  const isError = figure.unit === "share";
  const moods = {
    faster: "better",
    slower: "worse",
    more: isError ? "worse" : "better",
    less: isError ? "better" : "worse",
  };
  return figure.verdict === "no difference seen" ? "" : moods[figure.verdict];
}

function failures({ sides }: Comparison): Markup | undefined {
  const rows = [sides.before, sides.after].flatMap(({ label, failures: groups }) =>
    groups.map(({ step, reason, count }): Row => ({
      head: step,
      cells: [asCount(count)],
      last: `${label}: ${reason}`,
    })),
  );
  if (rows.length === 0) return undefined;
  return parts(
    tag("h2", {}, "What failed"),
    table(["step", "requests", "side and reason"], rows, "Failed requests, the most frequent first"),
  );
}

function leftOut({ leftOut: left, pairs }: Comparison): Markup | undefined {
  if (left.length === 0) return undefined;
  return parts(
    tag("h2", {}, "What was left out"),
    tag("p", {}, `${left.length} of ${pairs.planned} pairs of blocks say nothing about either side and were not used.`),
    behind(
      "The reason for each",
      tag(
        "ul",
        {},
        left.map(({ pair, reason }) => tag("li", {}, `Pair ${pair + 1}: ${reason}.`)),
      ),
    ),
  );
}

function percentiles(comparison: Comparison): Markup {
  const { sides } = comparison;
  return parts(
    tag("h2", {}, "How long requests took"),
    tag(
      "p",
      { class: "about" },
      "From the moment a visitor wanted to ask to the last byte of the answer. Bands show where the curve lies in 95 of 100 resamples of the blocks.",
    ),
    legend(comparison),
    tag(
      "figure",
      {},
      inBothSizes({ wide: 400, narrow: 330 }, (size) => percentilePlot(comparison, size)),
    ),
    behind("The curve as a table", curveTable(sides)),
  );
}

const TABLE_PERCENTILES = [50, 75, 90, 95, 99, 99.5, 99.9, 99.99];

function curveTable({ before, after }: Comparison["sides"]): Markup {
  const last = Math.max(0, ...[...before.curve, ...after.curve].map(({ percentile }) => percentile));
  const at = (curve: readonly CurvePoint[], wanted: number) => {
    const point = curve.find(({ percentile }) => percentile >= wanted - 1e-9);
    return point ? `${inMs(point.ms)} (${inMs(point.lowMs)} to ${inMs(point.highMs)})` : "too few requests";
  };
  const rows = TABLE_PERCENTILES.filter((percentile) => percentile <= last + 1e-9).map((percentile) => ({
    head: `${percentile} %`,
    cells: [at(before.curve, percentile), at(after.curve, percentile)],
  }));
  return table(["took no longer", before.label, after.label], rows, "Percentiles of all blocks together, with bands");
}

function overTime(comparison: Comparison): Markup {
  const { stretches, sides } = comparison;
  const rows = stretches.map(({ pair, side, usable, moments }) => ({
    head: `pair ${pair + 1}, ${sides[side].label}`,
    cells: [inMs(middle(moments.map(({ p50Ms }) => p50Ms))), inMs(Math.max(0, ...moments.map(({ p99Ms }) => p99Ms)))],
    last: usable ? "used" : "left out",
  }));
  return parts(
    tag("h2", {}, "As it happened"),
    tag(
      "p",
      { class: "about" },
      "Every second in its order: the median as a line, the 99th percentile dotted. The strip on top says whose turn it was; crosses are seconds with failures.",
    ),
    tag(
      "figure",
      {},
      inBothSizes({ wide: 330, narrow: 300 }, (size, narrow) => timePlot(comparison, size, narrow)),
    ),
    behind(
      "The blocks as a table",
      table(["block", "median second", "worst second (p99)", ""], rows, "Blocks in their order"),
    ),
  );
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function perStep(comparison: Comparison): Markup {
  const rows = forestRows(comparison);
  const heights = { wide: forestHeight(rows, false), narrow: forestHeight(rows, true) };
  return parts(
    tag("h2", {}, "Step by step"),
    tag(
      "p",
      { class: "about" },
      `How much longer or shorter the median of each step takes with ${comparison.sides.after.label}. A bar that crosses the middle line may be chance; all bars of the steps together hold with 95 % confidence.`,
    ),
    tag(
      "figure",
      {},
      inBothSizes(heights, (size, narrow) => forestPlot(rows, size, narrow)),
    ),
    behind(
      "The steps as a table",
      figuresTable(comparison.steps, comparison.sides, "Median of every step in a typical block"),
    ),
  );
}

function figures({ figures: all, sides, pairs }: Comparison): Markup {
  const caption = `A typical block of each side, and what ${pairs.used} pairs of blocks say about the difference; the five intervals hold together with 95 % confidence.`;
  return parts(tag("h2", { id: "figures" }, "The figures"), figuresTable(all, sides, caption));
}

function circumstances(comparison: Comparison): Markup {
  const lines = circumstanceLines(comparison).map(([label, value]) =>
    parts(tag("dt", {}, label), tag("dd", {}, value)),
  );
  return parts(tag("h2", {}, "Circumstances"), tag("dl", {}, lines));
}

function limits(comparison: Comparison): Markup {
  return parts(
    tag("h2", {}, "What these numbers do not show"),
    tag(
      "ul",
      { class: "limits" },
      whatIsNotShown(comparison).map((sentence) => tag("li", {}, sentence)),
    ),
  );
}

function legend({ sides }: Comparison): Markup {
  const entry = (side: Side) =>
    tag(
      "li",
      {},
      tag(
        "svg",
        { viewBox: "0 0 34 12", "aria-hidden": "true" },
        tag("path", { d: "M1 7L33 7", class: `curve ${side}` }),
      ),
      `${sides[side].label} (${side}, ${asCount(sides[side].requests)} requests)`,
    );
  return tag("ul", { class: "legend", "aria-label": "Legend" }, entry("before"), entry("after"));
}

function behind(summary: string, content: Markup): Markup {
  return tag("details", {}, tag("summary", {}, summary), content);
}
