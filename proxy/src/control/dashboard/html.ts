/** Text that may stand in a page as it is. Only `html` and `raw` make it. */
export type Html = { readonly markup: string };

export type Part = Html | string | number | undefined | null | false | readonly Part[];

/** A piece of a page: whatever is put in is text, and escaped, unless it was made by `html` itself. Lists are joined. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  let markup = literals[0] ?? "";
  for (const [index, part] of parts.entries()) markup += markupOf(part) + (literals[index + 1] ?? "");
  return { markup };
}

/** Markup of our own making that is already a string. */
export function raw(markup: string): Html {
  return { markup };
}

// --- internal ---

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function markupOf(part: Part): string {
  if (part === undefined || part === null || part === false) return "";
  if (typeof part === "object") return isList(part) ? part.map(markupOf).join("") : part.markup;
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

function isList(part: Html | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part);
}
