import type { Circle, ContextMap, MapLink } from "../map/layout.ts";
import { sayKinds } from "../say-kinds.ts";
import { shorten } from "../table.ts";
import { escape } from "./escape.ts";

/** The map as a picture that can be read without a script, and that the script makes zoomable. */
export function mapSection(map: ContextMap): string {
  return `<section id="map" aria-labelledby="map-title">
<h2 id="map-title">Map</h2>
<p class="hint">Area: files. Lines: cost of what ties two contexts; dashed where a transaction writes both. Choose a
context to see what is in it. Keys: <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd> and the arrows move the map, <kbd>Esc</kbd> lets go.</p>
<div class="map-tools" hidden>
<button type="button" data-zoom="in" aria-label="Zoom in">+</button>
<button type="button" data-zoom="out" aria-label="Zoom out">&minus;</button>
<button type="button" data-zoom="all" aria-label="fit everything into the picture">fit</button>
</div>
<div class="map-and-panel">
<svg id="map-picture" viewBox="0 0 ${map.width} ${map.height}" tabindex="0" role="group" aria-label="Map of the contexts">
<g class="links">${map.links.map((link) => drawLink(map, link)).join("\n")}</g>
<g class="circles">${map.circles.map(drawCircle).join("\n")}</g>
<g class="dots" aria-hidden="true"></g>
</svg>
<div id="panel" role="region" aria-live="polite" aria-label="Chosen context"><p class="hint">Nothing is chosen.</p></div>
</div>
</section>`;
}

// --- internal ---

function drawLink({ circles, links }: ContextMap, link: MapLink): string {
  const said = sayKinds(link.seams);
  const [a, b] = [link.a, link.b].map((name) => circles.find((circle) => circle.name === name));
  if (!a || !b || said === "") return "";
  const width = (1 + 9 * Math.sqrt(link.cost / (links.at(-1)?.cost ?? 1))).toFixed(1);
  const kind = link.seams.transaction ? ' class="transaction"' : "";
  return (
    `<line${kind} data-a="${escape(link.a)}" data-b="${escape(link.b)}" x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" ` +
    `stroke-width="${width}"><title>${escape(`${link.a} - ${link.b}: cost ${link.cost} (${said})`)}</title></line>`
  );
}

function drawCircle({ name, x, y, r, files, tables, routes }: Circle): string {
  const size = `${files} files, ${tables} tables, ${routes} routes`;
  return (
    `<g class="context" data-context="${escape(name)}" tabindex="0" role="button" aria-label="${escape(`${name} ${size}`)}">` +
    `<circle cx="${x}" cy="${y}" r="${r}"/><text x="${x}" y="${y - 1}">${escape(shorten(name, 22))}</text> ` +
    `<text class="size" x="${x}" y="${y + 12}">${files} files</text></g>`
  );
}
