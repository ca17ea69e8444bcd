/**
 * How much of a proposal is left when a twentieth of the evidence is gone? Takes 5 % of the graph's edges away at
 * random, proposes again, and prints the adjusted Rand index with the whole proposal, tree by tree. By hand:
 *
 *   node --conditions=strangler-source tools/analyzer/test/quality/stability.ts --trees DIR [--kind flat|orig] [--draws 20]
 */
import { proposeContexts } from "../../src/contexts/propose-contexts.ts";
import { createRandom } from "../../src/contexts/random.ts";
import { buildGraph } from "../../src/graph/build-graph.ts";
import { readFacts } from "../../src/read/read-facts.ts";
import { adjustedRand } from "./agreement.ts";
import { readOptions, treesOf } from "./trees.ts";

const GONE = 0.05;

const options = readOptions(20);
const means: number[] = [];
for (const { name, path } of treesOf(options)) {
  const facts = await readFacts(path, { history: false });
  const graph = buildGraph(facts);
  const whole = proposeContexts(facts, graph).files;
  const indices = Array.from({ length: options.draws }, (_, draw) => {
    const random = createRandom(draw + 1);
    const edges = graph.edges.filter(() => random.next() >= GONE);
    return adjustedRand(whole, proposeContexts(facts, { ...graph, edges }).files);
  });
  means.push(meanOf(indices));
  print(name, meanOf(indices), Math.min(...indices));
}
print("mean", meanOf(means), Math.min(...means));

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function print(name: string, mean: number, least: number): void {
  process.stdout.write(`${name.padEnd(24)} mean ${mean.toFixed(3)}  least ${least.toFixed(3)}\n`);
}
