import { writeFileSync } from "node:fs";

/** What one run of one tool is told: the tree, a tsconfig that fits it, and where to put what it found. */
export type Task = {
  root: string;
  tsconfig: string;
  /** File for the edges; left out where only the time counts. */
  edges: string | undefined;
  /** Our own tool only: folder for its cache. */
  cache: string | undefined;
};

/** From an importing file to the imported ones, relative to the root. */
export type Edges = Record<string, readonly string[]>;

/** Runs one tool once, in a process of its own, as a person would start it. */
export async function contest(tool: (task: Task) => Promise<() => Edges>): Promise<void> {
  const [root = "", tsconfig = "", edges, cache] = process.argv.slice(2);
  const find = await tool({ root, tsconfig, edges: edges === "" ? undefined : edges, cache });
  if (edges !== undefined && edges !== "") writeFileSync(edges, JSON.stringify(find()));
  process.stdout.write(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 }));
}
