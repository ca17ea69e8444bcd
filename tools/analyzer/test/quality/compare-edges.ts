import { isLeftOut } from "../../src/resolve/left-out.ts";
import type { ImportForm } from "../../src/source-facts.ts";
import type { Edge } from "./typescript-imports.ts";

/** `via`: the workspace package whose name the import uses. */
export type OurEdge = Edge & { form: ImportForm; via: string | null };

/** An edge is a file and a target, however often one imports the other. */
export type Comparison = {
  ours: number;
  theirs: number;
  onlyOurs: string[];
  onlyTheirs: string[];
  /** Differences for which no reason is known. */
  unexplained: number;
};

export function compareEdges(ours: readonly OurEdge[], theirs: readonly Edge[]): Comparison {
  const [left, right] = [byTarget(ours), byTarget(theirs)];
  const explain = reasonsFor(ours);
  const onlyOurs = [...left].filter(([key]) => !right.has(key)).map(([, edge]) => ({ edge, why: whyOnlyOurs(edge) }));
  const onlyTheirs = [...right].filter(([key]) => !left.has(key)).map(([, edge]) => ({ edge, why: explain(edge) }));
  return {
    ours: left.size,
    theirs: right.size,
    onlyOurs: onlyOurs.map(({ edge, why }) => describe("only ours", edge, why)),
    onlyTheirs: onlyTheirs.map(({ edge, why }) => describe("only theirs", edge, why)),
    unexplained: [...onlyOurs, ...onlyTheirs].filter(({ why }) => why === null).length,
  };
}

// --- internal ---

function byTarget<Some extends Edge>(edges: readonly Some[]): Map<string, Some> {
  const unique = new Map<string, Some>();
  for (const edge of edges) {
    const key = `${edge.file}\0${edge.to}`;
    if (edge.file !== edge.to && !unique.has(key)) unique.set(key, edge);
  }
  return unique;
}

// What the running program reaches and the compiler does not look for.
function whyOnlyOurs({ file, specifier, to, form, via }: OurEdge): string | null {
  if (form === "require" && /\.[mc]?tsx?$/.test(file)) return "the compiler does not follow require() in TypeScript";
  if (/(?:^|\/)index\.[mc]?[jt]sx?$/.test(to) && !/index(?:\.[mc]?[jt]sx?)?$/.test(specifier) && via === null) {
    return "a folder's index, which Node's ES modules do not look for";
  }
  if (specifier.includes("?")) return "a bundler's question mark";
  return via === null ? null : "a package's built file, taken for its source";
}

// A package whose manifest offers declarations beside the code: the compiler stops at them.
function reasonsFor(ours: readonly OurEdge[]): (edge: Edge) => string | null {
  const toSource = new Set(
    ours.filter(({ via }) => via !== null).map(({ file, specifier }) => `${file}\0${specifier}`),
  );
  return ({ file, specifier, to }) => {
    if (to.split("/").some(isLeftOut)) return "it lies in a folder that we leave out, and say so";
    const isDeclaration = /\.d\.[mc]?ts$/.test(to) && toSource.has(`${file}\0${specifier}`);
    return isDeclaration ? "declarations of a package, whose source we take" : null;
  };
}

function describe(side: string, { file, line, specifier, to }: Edge, why: string | null): string {
  return `${side}: ${file}:${line} "${specifier}" -> ${to} (${why ?? "no reason known"})`;
}
