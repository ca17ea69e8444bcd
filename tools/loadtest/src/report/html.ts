import type { Comparison } from "../compare/comparison.ts";
import { asCount } from "../words.ts";
import { behind } from "./behind.ts";
import { cards } from "./cards.ts";
import { circumstanceLines } from "./circumstances.ts";
import { whatIsNotShown } from "./limits.ts";
import { parts, tag, type Markup } from "./markup.ts";
import { pictures } from "./pictures.ts";
import { STYLE } from "./style.ts";
import { figuresTable, table, type Row } from "./tables.ts";

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
      pictures(comparison),
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
