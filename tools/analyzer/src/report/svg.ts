import type { Analysis } from "../analysis.ts";
import { plural } from "../plural.ts";
import { escape } from "./html/escape.ts";
import { drawLine } from "./map/draw-line.ts";
import { layOutContexts, type Circle } from "./map/layout.ts";
import { shorten } from "./fit.ts";

const CAPTION = 46;
const STYLE = `
    svg { background: #fff; color: #1b1f24; font: 13px system-ui, sans-serif; }
    circle { fill: #dbeafe; stroke: #1d4ed8; stroke-width: 1.5; }
    line { stroke: #57606a; stroke-opacity: 0.55; }
    line.transaction { stroke: #b42318; stroke-opacity: 0.8; stroke-dasharray: 7 4; }
    text { fill: currentColor; text-anchor: middle; }
    .name { font-weight: 600; }
    .size { font-size: 11px; }
    .caption { text-anchor: start; }
    @media (prefers-color-scheme: dark) {
      svg { background: #14171c; color: #e6e9ee; }
      circle { fill: #1e3a5f; stroke: #7cb3ff; }
      line { stroke: #9aa4b2; }
      line.transaction { stroke: #ff8a7a; }
    }`;

/** The map of contexts as one picture of its own, drawn without Graphviz. */
export function renderSvg(analysis: Analysis): string {
  const map = layOutContexts(analysis);
  const [width, height] = [Math.max(map.width, 320), map.height + CAPTION];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <title>${escape(analysis.name)}: ${plural(map.circles.length, "context")}</title>`,
    `  <style>${STYLE}\n  </style>`,
    ...map.links
      .map((link) => drawLine(map, link))
      .filter((line) => line !== "")
      .map((line) => `  ${line}`),
    ...map.circles.map(drawCircle),
    `  <text class="caption" x="12" y="${map.height + 18}">Area: files. Line: cost of what ties two contexts.</text>`,
    `  <text class="caption" x="12" y="${map.height + 36}">Dashed: a transaction writes both.</text>`,
    "</svg>",
    "",
  ].join("\n");
}

// --- internal ---

function drawCircle({ name, x, y, r, files, tables }: Circle): string {
  const size = `${plural(files, "file")}${tables > 0 ? `, ${plural(tables, "table")}` : ""}`;
  return (
    `  <g><title>${escape(`${name}: ${size}`)}</title><circle cx="${x}" cy="${y}" r="${r}"/>` +
    `<text class="name" x="${x}" y="${y - 1}">${escape(shorten(name, 24))}</text>` +
    `<text class="size" x="${x}" y="${y + 13}">${size}</text></g>`
  );
}
