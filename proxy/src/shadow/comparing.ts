import type { Difference, DifferenceKind } from "./difference.ts";
import { createExcerpts, type Excerpts } from "./excerpt.ts";
import { coversPlace, fieldOf, parsePlacePattern, placeOf, WHOLE_BODY, type PlacePattern, type Step } from "./place.ts";
import type { ShadowRules } from "./shadow-rule.ts";

/** One comparison under way: the rules, and what has been found. */
export type Comparing = {
  readonly rules: ShadowRules;
  readonly excerpts: Excerpts;
  /** One difference of a field and kind, and a bounded number in all. */
  readonly found: Difference[];
  /** Differences beyond those. */
  more: number;
};

/** A difference whose place has a name of its own instead of steps into the body: status, header:location, line:3. */
export type Named = { field: string; at?: string };

/** What is shown of both sides; asked for only when the difference is kept. */
export type Shown = () => readonly [control: string | null, candidate: string | null];

export function createComparing(rules: ShadowRules): Comparing {
  return { rules, excerpts: readyFor(rules).excerpts, found: [], more: 0 };
}

/** Notes a difference, unless a rule says that its place does not count. */
export function note(comparing: Comparing, kind: DifferenceKind, where: readonly Step[] | Named, shown: Shown): void {
  const { found, rules } = comparing;
  if (isIgnored(rules, where)) return;
  const field = "field" in where ? where.field : fieldOf(where);
  if (found.length >= MAX_FOUND || found.some((known) => known.field === field && known.kind === kind)) {
    comparing.more += 1;
    return;
  }
  const at = "field" in where ? (where.at ?? field) : placeOf(where);
  const [control, candidate] = shown();
  found.push({ kind, field, at, control, candidate });
}

/** How the entries of a list at this place are paired: undefined where their order counts; without keys, by being equal. */
export function pairingAt({ rules }: Comparing, steps: readonly Step[]): readonly string[] | undefined {
  if (rules.lists.length === 0) return undefined;
  if (steps.length === 0) return rules.lists.find(({ path }) => path === WHOLE_BODY)?.keys;
  return readyFor(rules).lists.find(({ pattern }) => coversPlace(pattern, steps, false))?.keys;
}

/** Whether texts at this place are compared as instants. */
export function comparesDatesAt({ rules }: Comparing, steps: readonly Step[]): boolean {
  if (rules.dates === null) return false;
  return rules.dates.paths.length === 0 || readyFor(rules).dates.some((pattern) => coversPlace(pattern, steps, true));
}

// --- internal ---

const MAX_FOUND = 50;
const OUTSIDE_OF_BODY = /^(?:status$|header:)/;

type Ready = {
  excerpts: Excerpts;
  ignore: readonly PlacePattern[];
  ignoresBody: boolean;
  lists: readonly { pattern: PlacePattern; keys: readonly string[] }[];
  dates: readonly PlacePattern[];
};

// Rules live as long as the routes they came with; what is made of them lives as long as they do.
const ready = new WeakMap<ShadowRules, Ready>();

function readyFor(rules: ShadowRules): Ready {
  const known = ready.get(rules);
  if (known) return known;
  const made: Ready = {
    excerpts: createExcerpts(rules),
    ignore: rules.ignore.map(({ path }) => parsePlacePattern(path)),
    ignoresBody: rules.ignore.some(({ path }) => path === WHOLE_BODY),
    lists: rules.lists.map(({ path, keys }) => ({ pattern: parsePlacePattern(path), keys })),
    dates: (rules.dates?.paths ?? []).map(parsePlacePattern),
  };
  ready.set(rules, made);
  return made;
}

function isIgnored(rules: ShadowRules, where: readonly Step[] | Named): boolean {
  if (rules.ignore.length === 0) return false;
  const { ignore, ignoresBody } = readyFor(rules);
  const steps = "field" in where ? [where.field] : where;
  if (ignoresBody && !("field" in where && OUTSIDE_OF_BODY.test(where.field))) return true;
  return ignore.some((pattern) => coversPlace(pattern, steps, true));
}
