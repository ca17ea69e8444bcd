/**
 * Does the order of reading change anything? Shuffles the files, their parts and the linked facts again and again, and
 * compares the JSON document to the byte. Exit status 1 with the first seed that differs. By hand:
 *
 *   node --conditions=strangler-source tools/analyzer/test/quality/shuffles.ts [--trees DIR] [--kind flat|orig] [--draws 1000]
 */
import { judge, propose } from "../../src/analyze.ts";
import { createRandom, shuffledIndices } from "../../src/contexts/random.ts";
import type { Facts } from "../../src/facts.ts";
import { link } from "../../src/link/link.ts";
import { readSources } from "../../src/read/read-sources.ts";
import { createSqlReader } from "../../src/read/sql/read-sql.ts";
import { withoutHistory } from "../../src/read/history/read-history.ts";
import { renderJson } from "../../src/report/json.ts";
import { readOptions, treesOf } from "./trees.ts";

const options = readOptions(1_000);
const readSql = await createSqlReader();
for (const { name, path } of treesOf(options)) {
  const sources = await readSources(path);
  const documentOf = async (seed: number): Promise<string> => {
    const layout = { ...sources.layout, ...shuffledLists(sources.layout, seed) };
    const linked = link({ ...sources, files: shuffled(sources.files, seed), layout }, readSql);
    const whole: Facts = { ...linked, ...withoutHistory("it was not asked for") };
    const facts: Facts = { ...whole, links: shuffled(whole.links, seed), statements: shuffled(whole.statements, seed) };
    return renderJson(await judge({ ...whole, links: facts.links }, propose(facts)));
  };
  const expected = await documentOf(0);
  let equal = 0;
  for (let seed = 1; seed <= options.draws; seed++) {
    if ((await documentOf(seed)) === expected) equal += 1;
    else process.stdout.write(`${name}: seed ${seed} differs\n`);
  }
  if (equal < options.draws) process.exitCode = 1;
  process.stdout.write(`${name.padEnd(24)} ${equal} of ${options.draws} shuffles give the same bytes\n`);
}

/** Every list of a record, in another order. */
function shuffledLists<Lists extends object>(lists: Lists, seed: number): Lists {
  return Object.fromEntries(
    Object.entries(lists).map(([key, value]) => [key, Array.isArray(value) ? shuffled(value, seed) : value]),
  ) as Lists;
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return [...shuffledIndices(items.length, createRandom(seed))].flatMap((index) => items[index] ?? []);
}
