import type { AccessMode } from "../../src/source-facts.ts";

/**
 * One access as a person read it: `line` shows it, `startLine`..`endLine` is the query it belongs to (where more than
 * that line). `optional`: the rules leave it open, so that it counts neither when found nor when not.
 */
export type Label = {
  line: number;
  startLine?: number;
  endLine?: number;
  table: string;
  mode: AccessMode;
  optional?: true;
  note?: string;
};

/** One access as the analyzer reports it: `line` names the table, `from` is where its statement starts. */
export type Found = { line: number; from: number; table: string; mode: AccessMode };

export type Matching = {
  hits: { label: Label; found: Found }[];
  missed: Label[];
  spurious: Found[];
  /** Of the missed and spurious ones, those that differ in nothing but the mode. */
  wrongMode: { label: Label; found: Found }[];
};

/** So many lines a place may lie outside of the labelled query: where a chain starts is a matter of taste. */
const TOLERANCE = 2;

/**
 * Compares the labels of one file with what was found in it. Each label and each find is used once, nearest first.
 * A find that repeats a hit (same table, same mode, inside the same query) counts once, one that fits an optional
 * label not at all.
 */
export function matchSites(labels: Label[], found: Found[]): Matching {
  const required = labels.filter(({ optional }) => !optional);
  const hits = pair(required, found, sameAccess);
  const missed = without(
    required,
    hits.map(({ label }) => label),
  );
  const unmatched = without(
    found,
    hits.map((hit) => hit.found),
  );
  const open = labels.filter(({ optional }) => optional);
  const explained = [...open.filter(isNearAny(unmatched)), ...hits.map(({ label }) => label)];
  const spurious = unmatched.filter((item) => !explained.some((label) => repeats(label, item)));
  return { hits, missed, spurious, wrongMode: pair(missed, spurious, sameTable) };
}

type Fits = (label: Label, found: Found) => boolean;

const sameTable: Fits = (label, found) => label.table === found.table && isNear(label, found, TOLERANCE);
const sameAccess: Fits = (label, found) => label.mode === found.mode && sameTable(label, found);

const repeats: Fits = (label, found) =>
  label.table === found.table && label.mode === found.mode && isNear(label, found, label.optional ? TOLERANCE : 0);

const isNearAny = (found: Found[]) => (label: Label) => found.some((item) => sameAccess(label, item));

function pair(labels: Label[], found: Found[], fits: Fits): { label: Label; found: Found }[] {
  const candidates = labels
    .flatMap((label) => found.filter((item) => fits(label, item)).map((item) => ({ label, found: item })))
    .sort((a, b) => distance(a.label, a.found) - distance(b.label, b.found));
  const used = new Set<Label | Found>();
  return candidates.filter(({ label, found: item }) => {
    if (used.has(label) || used.has(item)) return false;
    used.add(label).add(item);
    return true;
  });
}

/** The places of the find, from its statement's start to the mention of the table, overlap the labelled query. */
function isNear(label: Label, found: Found, tolerance: number): boolean {
  const first = Math.min(found.from, found.line);
  const last = Math.max(found.from, found.line);
  return last >= (label.startLine ?? label.line) - tolerance && first <= (label.endLine ?? label.line) + tolerance;
}

function distance(label: Label, found: Found): number {
  return Math.min(Math.abs(found.line - label.line), Math.abs(found.from - label.line));
}

function without<T>(all: T[], taken: T[]): T[] {
  const gone = new Set(taken);
  return all.filter((item) => !gone.has(item));
}
