import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { Facts } from "../../src/facts.ts";
import { readFacts } from "../../src/read/read-facts.ts";
import { checkOut, gitDirectory } from "./check-out.ts";
import { matchSites, type Found, type Label, type Matching } from "./match-sites.ts";

const GOALS = { precision: 0.98, recall: 0.95 };
const HERE = import.meta.dirname;

/** One file of labels: where the code is to be had, and every site of the labelled files; a file without sites has an empty list. */
type LabelSet = {
  repository: string;
  commit: string;
  /** Folder to analyse, relative to the repository. */
  root: string;
  /** What has to be checked out for it. */
  paths: string[];
  mapper: string;
  files: Record<string, Label[]>;
};

type Score = { name: string; mapper: string; hits: number; missed: number; spurious: number; wrongMode: number };

const { values } = parseArgs({
  options: { mirror: { type: "string" }, only: { type: "string" }, list: { type: "boolean", default: false } },
});
process.exitCode = values.mirror === undefined ? usage() : await main(values.mirror);

function usage(): number {
  console.error("Usage: score.ts --mirror DIR [--only NAME] [--list]; DIR holds git directories named owner+name.");
  return 2;
}

async function main(mirror: string): Promise<number> {
  const names = labelNames();
  if (names.length === 0) {
    console.error(`There are no labels named ${values.only ?? ""}; the files beside this one name them.`);
    return 2;
  }
  const scores: Score[] = [];
  for (const name of names) {
    const set = JSON.parse(readFileSync(join(HERE, `${name}.json`), "utf8")) as LabelSet;
    const git = gitDirectory(mirror, set.repository);
    if (git === null) {
      console.error(`${set.repository} is not in ${mirror}; clone it there as ${set.repository.replace("/", "+")}.`);
      return 4;
    }
    scores.push(await scoreSet(name, set, git));
  }
  printTables(scores);
  return isGoodEnough(sum("all", scores)) ? 0 : 1;
}

function labelNames(): string[] {
  const names = readdirSync(HERE)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"));
  return names.filter((name) => values.only === undefined || name === values.only).sort();
}

async function scoreSet(name: string, set: LabelSet, git: string): Promise<Score> {
  const folder = mkdtempSync(join(tmpdir(), "table-labels-"));
  try {
    checkOut(git, set.commit, set.paths, folder);
    const facts = await readFacts(join(folder, set.root));
    const matchings = Object.entries(set.files).map(([file, labels]) => {
      const matching = matchSites(labels, foundIn(facts, file));
      if (values.list) printDifferences(`${name}/${file}`, matching);
      return matching;
    });
    return { name, mapper: set.mapper, ...counts(matchings) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Accesses without a table name are no answer: they count neither for nor against. */
function foundIn(facts: Facts, file: string): Found[] {
  return facts.statements
    .filter((statement) => statement.file === file)
    .flatMap(({ line: from, tables }) =>
      tables.flatMap(({ table, mode, line }) => (table === null ? [] : [{ line, from, table, mode }])),
    );
}

function counts(matchings: Matching[]): Omit<Score, "name" | "mapper"> {
  const total = (part: keyof Matching): number => matchings.reduce((all, matching) => all + matching[part].length, 0);
  return { hits: total("hits"), missed: total("missed"), spurious: total("spurious"), wrongMode: total("wrongMode") };
}

function printDifferences(file: string, { missed, spurious }: Matching): void {
  for (const { line, table, mode } of missed) console.log(`missed    ${file}:${line} ${mode} ${table}`);
  for (const { line, table, mode } of spurious) console.log(`not there ${file}:${line} ${mode} ${table}`);
}

function printTables(scores: Score[]): void {
  const mappers = [...new Set(scores.map(({ mapper }) => mapper))].sort();
  const byMapper = mappers.map((mapper) =>
    sum(
      mapper,
      scores.filter((score) => score.mapper === mapper),
    ),
  );
  console.log(row(["", "mapper", "labels", "found", "precision", "recall", "mode"]));
  for (const score of scores) console.log(scoreRow(score));
  for (const score of byMapper) console.log(scoreRow({ ...score, mapper: "" }));
  console.log(scoreRow(sum("all", scores)));
}

function sum(name: string, scores: Score[]): Score {
  const total = (part: "hits" | "missed" | "spurious" | "wrongMode"): number =>
    scores.reduce((all, score) => all + score[part], 0);
  return {
    name,
    mapper: "",
    hits: total("hits"),
    missed: total("missed"),
    spurious: total("spurious"),
    wrongMode: total("wrongMode"),
  };
}

function scoreRow(score: Score): string {
  const { hits, missed, spurious, wrongMode } = score;
  const shares = [hits / (hits + spurious), hits / (hits + missed), hits / (hits + wrongMode)];
  const cells = shares.map((share) => (Number.isNaN(share) ? "-" : share.toFixed(3)));
  return row([score.name, score.mapper, String(hits + missed), String(hits + spurious), ...cells]);
}

function row([name = "", mapper = "", ...numbers]: string[]): string {
  return [name.padEnd(13), mapper.padEnd(10), ...numbers.map((cell) => cell.padStart(9))].join(" ");
}

function isGoodEnough({ hits, missed, spurious }: Score): boolean {
  return hits / (hits + spurious) >= GOALS.precision && hits / (hits + missed) >= GOALS.recall;
}
