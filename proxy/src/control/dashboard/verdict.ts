import type { RouteShadow } from "../../shadow/report.ts";
import type { RouteWatch } from "../../watch/report.ts";
import { whole } from "./format.ts";
import { html, type Html } from "./html.ts";
import { pageUrl } from "./paths.ts";
import type { RouteView } from "./view.ts";

/** What is thought of a route's candidate, by the watch and by the comparison. */
export function drawVerdicts({ watch, shadow }: Pick<RouteView, "watch" | "shadow">): Html {
  return html`<span class="verdicts">${watch && drawWatch(watch)}${shadow && drawComparison(shadow)}</span>`;
}

/** A sign, a word and a colour: none of them alone. */
export function badge(tone: Tone, sign: string, text: string): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${text}</span>`;
}

export type Tone = "good" | "bad" | "warn" | "open";

export function drawWatch({ verdict }: Pick<RouteWatch, "verdict">): Html {
  const { tone, sign } = VERDICTS[verdict];
  return badge(tone, sign, verdict);
}

/** How many fields are really different: what is known to be noise is no difference. */
export function drawComparison({ route, counts, fields }: Pick<RouteShadow, "route" | "counts" | "fields">): Html {
  const real = fields.filter(({ verdict }) => verdict === "real").length;
  const undecided = fields.filter(({ verdict }) => verdict === "undecided").length;
  const compared = `${whole(counts.compared)} compared`;
  const found =
    real > 0
      ? badge("bad", "≠", `${real} ${real === 1 ? "field differs" : "fields differ"}`)
      : undecided > 0
        ? badge("warn", "?", `${undecided} undecided`)
        : badge("good", "=", "equal");
  return html`<a class="comparison" href="${pageUrl("/shadow")}#${route}">${found}<small>${compared}</small></a>`;
}

// --- internal ---

const VERDICTS = {
  good: { tone: "good", sign: "✓" },
  bad: { tone: "bad", sign: "✕" },
  "not enough traffic": { tone: "open", sign: "…" },
} as const satisfies Record<RouteWatch["verdict"], { tone: Tone; sign: string }>;
