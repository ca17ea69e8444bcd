import { fillConstants } from "../text-values.ts";
import type { Play } from "./play.ts";
import { text, UNKNOWN, type Value } from "./values.ts";

/** Stands for a piece of text that is known only at run time. */
export const HOLE = "?";

/** The text of a value; `?` for what is known only at run time. */
export function textOf(play: Play, value: Value | undefined): string {
  return (value && knownText(play, value)) ?? HOLE;
}

/** The text of a value, or null where it is none or not known. */
export function knownText(play: Play, value: Value): string | null {
  if (value.kind === "text") return value.text;
  if (value.kind === "number") return String(value.number);
  if (value.kind === "reference") return constantOf(play, value.file, value.name);
  return null;
}

/** One text or several: `"/a"`, `["/a", "/b"]`. */
export function textsOf(play: Play, value: Value): string[] {
  return value.kind === "list" ? value.items.flatMap((item) => textsOf(play, item)) : [textOf(play, value)];
}

/** Pieces of a template or a sum. Nothing known of any piece: nothing known of the whole. */
export function concatenate(play: Play, parts: readonly Value[]): Value {
  const known = parts.map((part) => knownText(play, part));
  return known.every((part) => part === null || part === "") && known.includes(null)
    ? UNKNOWN
    : text(known.map((part) => part ?? HOLE).join(""));
}

// --- internal ---

function constantOf(play: Play, file: string, name: string): string | null {
  const constant = play.symbols.files.get(file)?.constants[name];
  if (!constant) return null;
  return fillConstants(play.symbols, file, constant)
    .map((part) => (typeof part === "string" ? part : HOLE))
    .join("");
}
