import { parts, tag, type Markup } from "./markup.ts";
import type { Scale } from "./scale.ts";

/** Every plot is drawn twice, for wide and for narrow screens: a picture that shrinks takes its letters with it. */
export type PlotSize = { width: number; height: number; left: number };

export const WIDE = { width: 880, left: 58 } as const;
export const NARROW = { width: 350, left: 46 } as const;

/** The same plot in both sizes; the style sheet shows the one that fits. */
export function inBothSizes(
  heights: { wide: number; narrow: number },
  draw: (size: PlotSize, narrow: boolean) => Markup,
): Markup {
  return parts(
    tag("div", { class: "wide" }, draw({ ...WIDE, height: heights.wide }, false)),
    tag("div", { class: "narrow" }, draw({ ...NARROW, height: heights.narrow }, true)),
  );
}

/** Horizontal lines with their values, and the axis title above them. */
export function yAxis(y: Scale, { left, right, title }: { left: number; right: number; title: string }): Markup {
  return parts(
    tag("text", { x: 0, y: 13, class: "axis" }, title),
    y.ticks.map((tick) =>
      parts(
        tag("line", { x1: left, x2: right, y1: y.at(tick), y2: y.at(tick), class: "grid" }),
        tag("text", { x: left - 8, y: y.at(tick) + 4, class: "tick end" }, tickText(tick)),
      ),
    ),
  );
}

export function tickText(value: number): string {
  return String(Number(value.toPrecision(3)));
}
