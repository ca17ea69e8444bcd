import { plural } from "../../plural.ts";
import { drawLine } from "../map/draw-line.ts";
import type { Circle, ContextMap, MapLink } from "../map/layout.ts";
import { shorten } from "../fit.ts";
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
<g class="links">${map.links.map((link) => drawLine(map, link, endsOf(link))).join("\n")}</g>
<g class="circles">${map.circles.map(drawCircle).join("\n")}</g>
<g class="dots" aria-hidden="true"></g>
</svg>
<div id="panel" role="region" aria-live="polite" aria-label="Chosen context"><p class="hint">Nothing is chosen.</p></div>
</div>
</section>`;
}

// --- internal ---

function endsOf({ a, b }: MapLink): string {
  return ` data-a="${escape(a)}" data-b="${escape(b)}"`;
}

function drawCircle({ name, x, y, r, files, tables, routes }: Circle): string {
  const size = `${plural(files, "file")}, ${plural(tables, "table")}, ${plural(routes, "route")}`;
  return (
    `<g class="context" data-context="${escape(name)}" tabindex="0" role="button" aria-label="${escape(`${name} ${size}`)}">` +
    `<circle cx="${x}" cy="${y}" r="${r}"/><text x="${x}" y="${y - 1}">${escape(shorten(name, 22))}</text> ` +
    `<text class="size" x="${x}" y="${y + 12}">${plural(files, "file")}</text></g>`
  );
}
