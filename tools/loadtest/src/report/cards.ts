import type { Comparison, Figure } from "../compare/comparison.ts";
import { tag, type Markup } from "./markup.ts";
import { figureCells } from "./tables.ts";

/** The four figures that most people look for. */
export function cards({ figures: all }: Comparison): Markup {
  const shown = all.filter(({ name }) => name in CARD_TITLES);
  return tag("ul", { class: "cards", "aria-label": "The most important figures" }, shown.map(card));
}

// --- internal ---

const CARD_TITLES: Readonly<Record<string, string>> = {
  median: "A typical request",
  "99th percentile": "The slowest 1 in 100",
  throughput: "Correct answers",
  errors: "Failed",
};

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
