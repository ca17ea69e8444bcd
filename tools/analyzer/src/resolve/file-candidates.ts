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
    const found = candidates(base).find((candidate) => known.has(candidate)) ?? null;
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

function* candidatesOf(base: string): Generator<string> {
  yield base;
  // './note.js' in TypeScript names note.ts.
  const written = /^(.*)\.([mc]?)js(x?)$/.exec(base);
  if (written) {
    const [, stem = "", module = "", jsx = ""] = written;
    yield* [`${stem}.${module}ts${jsx}`, `${stem}.ts`, `${stem}.tsx`, `${stem}.d.${module}ts`];
  }
  for (const extension of EXTENSIONS) yield `${base}${extension}`;
  for (const extension of EXTENSIONS) yield posix.join(base, `index${extension}`);
}

function candidates(base: string): string[] {
  return [...candidatesOf(base)];
}
