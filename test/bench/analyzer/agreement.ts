import type { Edges } from "./contestant.ts";

/** How two tools' edges between files of the tree compare. */
export type Agreement = { tool: string; both: number; onlyOurs: number; onlyTheirs: number; examples: string[] };

/** Throws where the other tool finds much that ours does not: a tool that finds less is fast for nothing. */
export function agree(tool: string, ours: Edges, theirs: Edges): Agreement {
  const files = new Set([...Object.keys(ours), ...Object.values(ours).flat(), ...Object.keys(theirs)]);
  const left = edgesBetween(files, ours);
  const right = edgesBetween(files, theirs);
  const missing = [...right].filter((edge) => !left.has(edge));
  const agreement = {
    tool,
    both: right.size - missing.length,
    onlyOurs: [...left].filter((edge) => !right.has(edge)).length,
    onlyTheirs: missing.length,
    examples: missing.slice(0, 20),
  };
  if (missing.length > MOST_MISSING * right.size) {
    throw new Error(`${tool} finds ${missing.length} edges that we do not, e.g. ${missing.slice(0, 5).join(", ")}`);
  }
  return agreement;
}

// --- internal ---

// Files in folders that we leave out, and names that a tool with one tsconfig for all maps to the wrong package.
const MOST_MISSING = 0.02;

function edgesBetween(files: ReadonlySet<string>, edges: Edges): Set<string> {
  const code = /\.[mc]?[jt]sx?$/;
  return new Set(
    Object.entries(edges).flatMap(([file, targets]) =>
      targets
        .filter((target) => target !== file && files.has(target) && code.test(target) && code.test(file))
        .map((target) => `${file} -> ${target}`),
    ),
  );
}
