import type { Answer, Comparison } from "./compare.ts";
import type { Compare } from "./comparer.ts";
import type { Difference } from "./difference.ts";
import type { RouteLedger } from "./ledger.ts";
import { REPEATS } from "./noise.ts";
import { WHOLE_BODY } from "./place.ts";
import type { ShadowRules } from "./shadow-rule.ts";

/** One request on trial: what the control has said, and how to ask. */
export type Trial = {
  control: Answer;
  /** Throws when there is no answer. */
  askCandidate: () => Promise<Answer>;
  /** Asks the control a second time; undefined where that would not be safe. Throws when there is no answer, or no room to ask. */
  askControl: (() => Promise<Answer>) | undefined;
};

export type ExamineOptions = {
  compare: Compare;
  /** 0 to 1. */
  chance: () => number;
  /** Waits before the repeated questions number 0, 1, ... so that what is only late has time to arrive. */
  pause: (round: number) => Promise<void>;
};

export type Examined = {
  comparison: Comparison;
  /** Asks both sides again about what is not yet known to be noise or real, and enters that too; undefined where there is nothing to ask. */
  lookAgain: (() => Promise<void>) | undefined;
};

/**
 * Asks the candidate, and for a sample the control once more; compares, and enters what is found. Throws when the candidate has
 * no answer.
 */
export async function examine(
  trial: Trial,
  ledger: RouteLedger,
  rules: ShadowRules,
  { compare, chance, pause }: ExamineOptions,
): Promise<Examined> {
  const { control, askCandidate, askControl } = trial;
  const twice = askControl !== undefined && ledger.wantsTwice(chance());
  // Both are waited for, whatever becomes of one: what they hold is given back when this is over.
  const [first, second] = await Promise.allSettled([askCandidate(), twice ? askControl() : undefined]);
  if (first.status === "rejected") throw first.reason;
  const candidate = first.value;
  const again = second.status === "fulfilled" ? second.value : undefined;
  const comparison = await compare(control, candidate, rules);
  const raw = differencesOf(comparison);
  ledger.record({ raw, noise: again && differencesOf(await compare(control, again, rules)) });

  const open = askControl === undefined ? [] : ledger.worthRepeating(raw);
  if (open.length === 0 || askControl === undefined) return { comparison, lookAgain: undefined };
  const lookAgain = async () => {
    const stayed = await repeat({ control, candidate, askCandidate, askControl, rules, compare, pause }, open);
    if (stayed !== undefined) for (const one of open) ledger.recordRepeated(one, stayed.has(one));
  };
  return { comparison, lookAgain };
}

// --- internal ---

function differencesOf(comparison: Comparison): readonly Difference[] {
  return comparison.outcome === "equal" ? [] : comparison.differences;
}

type Repeated = Trial & {
  candidate: Answer;
  askControl: () => Promise<Answer>;
  rules: ShadowRules;
} & Pick<ExamineOptions, "compare" | "pause">;

/** Which differences stay through every round; undefined when one of the sides could not be asked to the end. */
async function repeat(
  { control, candidate, askCandidate, askControl, rules, compare, pause }: Repeated,
  open: readonly Difference[],
): Promise<Set<Difference> | undefined> {
  let standing = [...open];
  for (let round = 0; round < REPEATS && standing.length > 0; round += 1) {
    await pause(round);
    const [ours, theirs] = await Promise.allSettled([askControl(), askCandidate()]);
    if (ours.status === "rejected" || theirs.status === "rejected") return undefined;
    const still = differencesOf(await compare(ours.value, theirs.value, rules));
    const changes = [
      ...differencesOf(await compare(control, ours.value, rules)),
      ...differencesOf(await compare(candidate, theirs.value, rules)),
    ];
    standing = standing.filter((one) => still.some((other) => isSame(one, other)) && !isTouched(one, changes));
  }
  return new Set(standing);
}

function isSame(one: Difference, other: Difference): boolean {
  return one.field === other.field && one.kind === other.kind;
}

// A side has changed in the same way; or above the place, as where a list has another length, so that nobody has looked at it.
function isTouched(one: Difference, changes: readonly Difference[]): boolean {
  return changes.some((change) => isSame(one, change) || isAbove(change.field, one.field));
}

function isAbove(above: string, field: string): boolean {
  if (above === WHOLE_BODY) return field !== WHOLE_BODY && !/^(?:status$|header:)/.test(field);
  return field.startsWith(`${above}/`);
}
