import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { agree, type Agreement } from "./analyzer/agreement.ts";
import type { Edges } from "./analyzer/contestant.ts";
import { writeFittingTsconfig } from "./analyzer/fitting-tsconfig.ts";
import { prepareTrees, type Tree } from "./analyzer/trees.ts";
import type { Bench } from "./result.ts";

const TOOLS = ["ours", "madge", "dependency-cruiser"] as const;
type Tool = (typeof TOOLS)[number];
/** `warm`: our tool once more, after a run that has filled its cache. */
type Measured = Tool | "cold" | "warm";

const RUNS = 3;
const LIMITS = { yardstick: 0.35, warm: 0.1, peakMb: 500 };

/**
 * All our facts against the imports alone of madge and dependency-cruiser, on the same trees in turns. STRANGLER_TREES
 * names a folder with code bases of 2,500 files or more, one in each folder; without it a generated tree serves.
 */
export const run: Bench = async ({ progress }) => {
  const workplace = await mkdtemp(path.join(tmpdir(), "strangler-bench-"));
  try {
    progress("preparing the trees");
    const trees = prepareTrees(process.env["STRANGLER_TREES"], workplace);
    const results: TreeResult[] = [];
    for (const tree of trees) results.push(await measureTree(tree, workplace, progress));
    return {
      name: "analyzer",
      ratios: Object.fromEntries(results.flatMap(ratiosOf)),
      table: tableOf(results),
      notes: notesOf(results),
      figures: { limits: LIMITS, results },
    };
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
};

// --- internal ---

type Sample = { seconds: number; peakMb: number };
type TreeResult = { tree: Tree; agreements: Agreement[]; samples: Record<Measured, Sample[]> };

async function measureTree(tree: Tree, workplace: string, progress: (line: string) => void): Promise<TreeResult> {
  const tsconfig = path.join(workplace, "tsconfig.json");
  await writeFittingTsconfig(tree.root, tsconfig);
  const agreements = tree.copies > 1 ? [] : await compareEdges(tree, tsconfig, workplace, progress);
  const samples: TreeResult["samples"] = { ours: [], cold: [], warm: [], madge: [], "dependency-cruiser": [] };
  for (let turn = 1; turn <= RUNS; turn++) {
    progress(`${tree.name}, ${tree.files} files: run ${turn} of ${RUNS}`);
    const cache = path.join(workplace, `cache-${turn}`);
    samples.ours.push(await start("ours", [tree.root, tsconfig]));
    samples.cold.push(await start("ours", [tree.root, tsconfig, "", cache]));
    samples.warm.push(await start("ours", [tree.root, tsconfig, "", cache]));
    for (const tool of ["madge", "dependency-cruiser"] as const) {
      samples[tool].push(await start(tool, [tree.root, tsconfig]));
    }
  }
  return { tree, agreements, samples };
}

async function compareEdges(
  tree: Tree,
  tsconfig: string,
  workplace: string,
  progress: (line: string) => void,
): Promise<Agreement[]> {
  progress(`${tree.name}, ${tree.files} files: comparing what the tools find`);
  const edges = await Promise.all(TOOLS.map((tool) => findEdges(tool, tree, tsconfig, workplace)));
  const [own = {}, ...others] = edges;
  return others.map((other, index) => agree(TOOLS[index + 1] ?? "", own, other));
}

async function findEdges(tool: Tool, tree: Tree, tsconfig: string, workplace: string): Promise<Edges> {
  const file = path.join(workplace, `edges-${tool}.json`);
  await start(tool, [tree.root, tsconfig, file]);
  return JSON.parse(await readFile(file, "utf8")) as Edges;
}

async function start(tool: Tool, task: string[]): Promise<Sample> {
  const script = path.join(import.meta.dirname, "analyzer", `${tool}.ts`);
  const startedAt = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=strangler-source", "--max-old-space-size=8192", script, ...task],
    { maxBuffer: 2 ** 26 },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const { peakBytes } = JSON.parse(stdout.slice(stdout.lastIndexOf("{"))) as { peakBytes: number };
  return { seconds, peakMb: peakBytes / 2 ** 20 };
}

function least(samples: readonly Sample[], of: keyof Sample): number {
  return Math.min(...samples.map((sample) => sample[of]));
}

function ratiosOf({ tree, samples }: TreeResult): [string, number][] {
  const own = least(samples.ours, "seconds");
  const where = `${tree.files} files`;
  return [
    [`to madge, ${where}`, own / least(samples.madge, "seconds")],
    [`to dependency-cruiser, ${where}`, own / least(samples["dependency-cruiser"], "seconds")],
    [`warm to cold, ${where}`, least(samples.warm, "seconds") / least(samples.cold, "seconds")],
    [`peak memory to limit, ${where}`, least(samples.ours, "peakMb") / LIMITS.peakMb],
  ];
}

const ROWS: readonly (readonly [Measured, string])[] = [
  ["ours", "all facts"],
  ["cold", "all facts, and a cache written"],
  ["warm", "all facts from the cache"],
  ["madge", "madge: imports"],
  ["dependency-cruiser", "dependency-cruiser: imports"],
];

function tableOf(results: readonly TreeResult[]): (string | number)[][] {
  const heading = ["tree", "files", "what", "seconds", "us / it", "limit", "peak MB", "ms a file"];
  const limits: Partial<Record<Measured, number>> = { madge: LIMITS.yardstick, "dependency-cruiser": LIMITS.yardstick };
  const rows = results.flatMap(({ tree, samples }) =>
    ROWS.map(([measured, what]) => {
      const seconds = least(samples[measured], "seconds");
      const ratio = least(samples.ours, "seconds") / seconds;
      const peak = Math.round(least(samples[measured], "peakMb"));
      const perFile = ((1000 * seconds) / tree.files).toFixed(2);
      const isYardstick = measured in limits;
      return [
        tree.name,
        tree.files,
        what,
        seconds.toFixed(2),
        isYardstick ? ratio.toFixed(2) : "",
        limits[measured] ?? "",
        peak,
        perFile,
      ];
    }),
  );
  return [heading, ...rows];
}

function notesOf(results: readonly TreeResult[]): string[] {
  return [
    ...results.flatMap(({ tree, agreements }) =>
      agreements.map(
        ({ tool, both, onlyOurs, onlyTheirs }) =>
          `${tree.name}, ${tree.files} files: ${both} edges that ${tool} finds too; ${onlyOurs} only we find, ${onlyTheirs} only it.`,
      ),
    ),
    `Each figure is the least of ${RUNS} runs, each a process of its own, from its start to its end; the tools took turns.`,
    "The yardsticks read imports only. They are given the paths of all tsconfig files and the packages of the workspace.",
    `Aims: ${LIMITS.yardstick} of either yardstick; warm ${LIMITS.warm} of cold; ${LIMITS.peakMb} MB at 10,000 files.`,
  ];
}
