import { posix } from "node:path";
import type { Argument } from "./call.ts";
import { ROOT } from "./modules.ts";
import type { Play } from "./play.ts";
import { textOf } from "./texts.ts";
import { text, type Value } from "./values.ts";

/** Functions that make paths on the disk: `path.join(__dirname, "routes")`; null for any other. */
export function callPathFunction(play: Play, name: string, path: string, args: readonly Argument[]): Value | null {
  const known = FUNCTIONS[`${name} ${path}`];
  return known ? text(known(args.map(({ value }) => textOf(play, value)))) : null;
}

/** The folder of the analysed tree that a path on the disk means, or null where it is not known to be one. */
export function folderOf(path: string): string | null {
  const [start, ...rest] = posix.normalize(path).split("/");
  return start === ROOT ? rest.join("/").replace(/\/$/, "") : null;
}

// --- internal ---

const FUNCTIONS: Readonly<Record<string, ((parts: string[]) => string) | undefined>> = {
  "path join": (parts) => posix.join(...parts),
  "path resolve": (parts) => posix.join(...parts),
  "path dirname": ([path = ""]) => posix.dirname(path),
  "path default.join": (parts) => posix.join(...parts),
  "url fileURLToPath": ([path = ""]) => path,
  "globals URL": ([path = "", base = ""]) => posix.join(posix.dirname(base), path),
};
