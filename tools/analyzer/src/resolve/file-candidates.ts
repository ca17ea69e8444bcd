import { posix } from "node:path";

const EXTENSIONS = [".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/** Finds the file that a path without promises about its ending stands for, the way TypeScript looks for it. */
export function createFileFinder(code: readonly string[]): (path: string) => string | null {
  const known = new Set(code);
  const memory = new Map<string, string | null>();
  return (path) => {
    const base = path.replace(/\/$/, "");
    const before = memory.get(base);
    if (before !== undefined) return before;
    const found = findFile(known, base);
    memory.set(base, found);
    return found;
  };
}

/** A built file's source: `dist/note.js` of a package is `src/note.ts`. */
export function sourceOfBuilt(path: string): string[] {
  const source = path.replace(/^(?:\.\/)?(?:dist|build|lib|out|esm|cjs)\/(?:(?:src|esm|cjs)\/)?/, "src/");
  const bare = source.replace(/\.d\.[mc]?ts$|\.[mc]?[jt]sx?$/, "");
  return source === path ? [] : [source, bare];
}

// --- internal ---

function findFile(known: ReadonlySet<string>, base: string): string | null {
  if (known.has(base)) return base;
  return findWritten(known, base) ?? findExtended(known, base) ?? findExtended(known, posix.join(base, "index"));
}

// './note.js' in TypeScript names note.ts.
function findWritten(known: ReadonlySet<string>, base: string): string | null {
  const written = /\.([mc]?)js(x?)$/.exec(base);
  if (!written) return null;
  const stem = base.slice(0, written.index);
  const [, module = "", jsx = ""] = written;
  const endings = [`.${module}ts${jsx}`, ".ts", ".tsx", `.d.${module}ts`];
  const ending = endings.find((candidate) => known.has(stem + candidate));
  return ending === undefined ? null : stem + ending;
}

function findExtended(known: ReadonlySet<string>, stem: string): string | null {
  for (const extension of EXTENSIONS) if (known.has(stem + extension)) return stem + extension;
  return null;
}
