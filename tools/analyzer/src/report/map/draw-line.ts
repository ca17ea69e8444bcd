import { escape } from "../html/escape.ts";
import { sayKinds } from "../say-kinds.ts";
import type { ContextMap, MapLink } from "./layout.ts";

/**
 * What ties two contexts as a line of SVG, the thicker the more it costs; "" for what is gone when the program runs.
 * `attributes` start with a space.
 */
export function drawLine({ circles, links }: ContextMap, link: MapLink, attributes = ""): string {
  const said = sayKinds(link.seams);
  const [a, b] = [link.a, link.b].map((name) => circles.find((circle) => circle.name === name));
  if (!a || !b || said === "") return "";
  const width = (1 + 9 * Math.sqrt(link.cost / (links.at(-1)?.cost ?? 1))).toFixed(1);
  const kind = link.seams.transaction ? ' class="transaction"' : "";
  return (
    `<line${kind}${attributes} x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke-width="${width}">` +
    `<title>${escape(`${link.a} - ${link.b}: cost ${link.cost} (${said})`)}</title></line>`
  );
}
