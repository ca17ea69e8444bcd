import { readFile } from "node:fs/promises";

type Tint = { background: string; light: string; main: string; dark: string };

const TINTS: Readonly<Record<string, Tint>> = {
  teal: { background: "#dcebe8", light: "#8fc1b8", main: "#2f7f78", dark: "#174b48" },
  clay: { background: "#f4e2d8", light: "#e0a889", main: "#b9613d", dark: "#6d3420" },
  moss: { background: "#e6ebd7", light: "#b3c089", main: "#6d7f3a", dark: "#3d4a1e" },
  slate: { background: "#e2e6ea", light: "#a3b1be", main: "#566675", dark: "#2b3640" },
  plum: { background: "#ecdfeb", light: "#c297bf", main: "#7b4378", dark: "#452444" },
  amber: { background: "#f8ebcd", light: "#ecc36a", main: "#c88a1c", dark: "#74500e" },
  navy: { background: "#dce3f0", light: "#8fa6d0", main: "#355796", dark: "#1b305a" },
  rose: { background: "#f7e0e2", light: "#e4a0a8", main: "#b94c5b", dark: "#6b2531" },
};

// "detail" comes closer, "pattern" shows the thing several times.
const VIEWS: Readonly<Record<string, (drawing: string) => string>> = {
  front: (drawing) => drawing,
  detail: (drawing) => `<g transform="translate(-60 -70) scale(1.6)">${drawing}</g>`,
  pattern: (drawing) =>
    [0, 1, 2, 3]
      .map((place) => `<g transform="translate(${(place % 2) * 100} ${place > 1 ? 100 : 0}) scale(.5)">${drawing}</g>`)
      .join(""),
};

const drawings = new Map<string, Promise<string | undefined>>();

/**
 * The picture of a thing ("mug") in a tint and a view ("teal-front"), as SVG; undefined for what nobody has drawn.
 * Drawings are files of 200 x 200 units with the colours {{light}}, {{main}} and {{dark}} left open.
 */
export async function drawPicture(directory: string, shape: string, colours: string): Promise<string | undefined> {
  const [tintName = "", viewName = ""] = colours.split("-");
  const tint = Object.hasOwn(TINTS, tintName) ? TINTS[tintName] : undefined;
  const view = Object.hasOwn(VIEWS, viewName) ? VIEWS[viewName] : undefined;
  if (!tint || !view || colours !== `${tintName}-${viewName}` || !/^[a-z-]{1,40}$/.test(shape)) return undefined;
  const drawing = await readDrawing(directory, shape);
  return drawing && frame(view(drawing), tint);
}

// --- internal ---

function readDrawing(directory: string, shape: string): Promise<string | undefined> {
  const known = drawings.get(shape) ?? readFile(`${directory}/${shape}.svg`, "utf8").catch(() => undefined);
  drawings.set(shape, known);
  return known;
}

function frame(drawing: string, tint: Tint): string {
  const coloured = drawing.replace(/\{\{(\w+)\}\}/g, (_, name: string) => tint[name as keyof Tint] ?? "none");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="400" height="400"><rect width="200" height="200" fill="${tint.background}"/>${coloured}</svg>`;
}
