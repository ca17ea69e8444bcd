import { cutMs } from "./blocks.ts";
import type { Share } from "./growth.ts";
import { SURE_OF_GOOD, type Evidence, type Finding, type Judgement } from "./judge.ts";
import type { Window } from "./suspicion.ts";
import type { WatchRule } from "./watch-rule.ts";

/** What a judgement says, in a sentence with the numbers that it stands on. */
export function sentenceOf(judgement: Judgement, evidence: Evidence, rule: WatchRule): string {
  switch (evidence.verdict) {
    case "bad":
      return badSentence(judgement, evidence, rule);
    case "good":
      return goodSentence(judgement, rule);
    case "not enough traffic":
      return openSentence(judgement);
  }
}

// --- internal ---

function badSentence({ findings }: Judgement, { worst, onceInHours }: Evidence, rule: WatchRule): string {
  const finding = findings[worst];
  if (finding === undefined) return "";
  const { window } = finding.suspicion;
  const chance = `a candidate that is no worse than allowed looks like this at most once in ${inHours(onceInHours)} of watching`;
  const what = rule.kinds[worst]?.fault === "errors" ? failedIn(window) : slowIn(window, finding);
  return `${what}, in ${Math.round(window.seconds)} s; ${chance}`;
}

function goodSentence({ findings }: Judgement, { kinds, slower }: WatchRule): string {
  const errors = findings[0]?.suspicion.total;
  const points = (100 * (kinds[0]?.goodMargin ?? 0)).toFixed(1);
  const latency = slower === undefined ? "" : ", and no slower than allowed";
  const seen = errors === undefined ? "" : `${failedIn(errors)}: `;
  return `${seen}it is at most ${points} percentage points worse${latency}; wrong at most once in ${SURE_OF_GOOD} steps`;
}

function openSentence({ findings }: Judgement): string {
  const errors = findings[0]?.suspicion.total;
  if (errors === undefined || errors.candidate.of === 0) return "the candidate has not been asked yet";
  if (errors.control.of === 0) return "the control has not been asked, so there is nothing to compare with";
  return `${failedIn(errors)}: too few to say more`;
}

function failedIn({ candidate, control }: Pick<Window, "candidate" | "control">): string {
  return `candidate failed ${outOf(candidate)} requests, control ${outOf(control)}`;
}

function slowIn({ candidate, control }: Window, { cut }: Finding): string {
  const than = cut && cutMs(cut);
  const beyond = (ms: number | undefined) => (ms === undefined ? "" : ` longer than ${Math.round(ms)} ms`);
  return (
    `candidate took${beyond(than?.candidate)} for ${outOf(candidate)} requests, ` +
    `control${beyond(than?.control)} for ${outOf(control)}`
  );
}

function outOf({ count, of }: Share): string {
  return `${grouped(count)} of ${grouped(of)}`;
}

function inHours(hours: number): string {
  return `${grouped(Math.floor(hours))} hours`;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
