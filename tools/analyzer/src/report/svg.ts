import type { Analysis } from "../analysis.ts";
import { escape } from "./html/escape.ts";
import { layOutContexts, type Circle, type ContextMap, type MapLink } from "./map/layout.ts";
import { sayKinds } from "./say-kinds.ts";
import { shorten } from "./table.ts";

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
    `  <title>${escape(analysis.name)}: ${map.circles.length} contexts</title>`,
    `  <style>${STYLE}\n  </style>`,
    ...map.links.flatMap((link) => drawLink(map, link)),
    ...map.circles.map(drawCircle),
    `  <text class="caption" x="12" y="${map.height + 18}">Area: files. Line: cost of what ties two contexts.</text>`,
    `  <text class="caption" x="12" y="${map.height + 36}">Dashed: a transaction writes both.</text>`,
    "</svg>",
    "",
  ].join("\n");
}

// --- internal ---

function drawLink({ circles, links }: ContextMap, link: MapLink): string[] {
  const said = sayKinds(link.seams);
  const [a, b] = [link.a, link.b].map((name) => circles.find((circle) => circle.name === name));
  if (!a || !b || said === "") return [];
  const most = links.at(-1)?.cost ?? 1;
  const width = (1 + 9 * Math.sqrt(link.cost / most)).toFixed(1);
  const kind = link.seams.transaction ? ' class="transaction"' : "";
  return [
    `  <line${kind} x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke-width="${width}">` +
      `<title>${escape(`${link.a} - ${link.b}: cost ${link.cost} (${said})`)}</title></line>`,
  ];
}

function drawCircle({ name, x, y, r, files, tables }: Circle): string {
  const size = `${files} files${tables > 0 ? `, ${tables} tables` : ""}`;
  return (
    `  <g><title>${escape(`${name}: ${size}`)}</title><circle cx="${x}" cy="${y}" r="${r}"/>` +
    `<text class="name" x="${x}" y="${y - 1}">${escape(shorten(name, 24))}</text>` +
    `<text class="size" x="${x}" y="${y + 13}">${size}</text></g>`
  );
}
