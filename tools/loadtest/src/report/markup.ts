/** Text that was escaped, or built of such: safe to stand in a page. */
export type Markup = { readonly markup: string };

type Content = Markup | string | number | undefined | readonly Content[];

/**
 * One element. Texts in `content` and in attributes are escaped; attributes that are undefined are left out.
 * Coordinates are cut to a tenth of a pixel, which nobody sees and which halves the page.
 */
export function tag(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...content: readonly Content[]
): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? coordinate(value) : String(value))}"`);
  const inner = content.map(toMarkup).join("");
  return { markup: VOID.has(name) ? `<${name}${written.join("")}>` : `<${name}${written.join("")}>${inner}</${name}>` };
}

/** Several parts in a row, without an element around them. */
export function parts(...content: readonly Content[]): Markup {
  return { markup: content.map(toMarkup).join("") };
}

/** The points of a path: "M1 2L3 4". */
export function line(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${coordinate(x)} ${coordinate(y)}`).join("");
}

// --- internal ---

const VOID = new Set(["meta", "br"]);

function toMarkup(content: Content): string {
  if (content === undefined) return "";
  if (typeof content === "string" || typeof content === "number") return escape(String(content));
  return "markup" in content ? content.markup : content.map(toMarkup).join("");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
