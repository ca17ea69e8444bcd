import type { Route } from "../routes/route.ts";
import { quantileMs } from "../traffic.ts";
import { nextStep, type NextStep } from "./advance.ts";
import { between, cutMs } from "./blocks.ts";
import { verdictOf, type Evidence, type Judgement } from "./judge.ts";
import type { RouteWatch, SideSeen } from "./report.ts";
import { sentenceOf } from "./sentence.ts";
import type { WatchRule } from "./watch-rule.ts";

/** A judgement as people and machines are shown it. `startedAt` is the time of day at which the clock of the looks stood at 0. */
export function describeWatch(route: Route, rule: WatchRule, judgement: Judgement, startedAt: number): RouteWatch {
  const evidence = verdictOf(judgement, rule);
  const { control, candidate } = seenBy(judgement);
  const advance = route.autoAdvance && stepFrom(route, judgement, evidence);
  const cut = judgement.findings.at(-1)?.cut;
  return {
    route: route.id,
    service: route.service,
    percent: route.share / 100,
    since: new Date(startedAt + judgement.sinceMs).toISOString(),
    verdict: evidence.verdict,
    text: sentenceOf(judgement, evidence, rule),
    control,
    candidate,
    slowerThanMs: cut === undefined ? null : cutMs(cut),
    towardsBad: evidence.towardsBad,
    towardsGood: evidence.towardsGood,
    suspicion: evidence.towardsBad < WORTH_A_WORD ? null : (rule.kinds[evidence.worst]?.fault ?? null),
    falseAlarmHours: rule.falseAlarmHours,
    rollsBack: rule.rollsBack,
    advance:
      route.autoAdvance === undefined || advance === undefined
        ? null
        : { steps: route.autoAdvance.steps, next: advance.next, waitsFor: advance.waitsFor ?? "nothing" },
  };
}

/** Where the route would go by itself. undefined without `autoAdvance`. */
export function stepFrom(
  { autoAdvance, share }: Route,
  judgement: Judgement,
  { verdict }: Evidence,
): NextStep | undefined {
  if (autoAdvance === undefined) return undefined;
  const { candidate } = seenBy(judgement);
  const { requests, failed, p95Ms } = candidate;
  const minutes = (judgement.lastMs - judgement.sinceMs) / 60_000;
  const standing = { percent: share / 100, verdict, minutes, requests, failed, p95Ms: p95Ms ?? undefined };
  return nextStep(autoAdvance, standing);
}

// --- internal ---

// Below this part of the way, what there is will be chance.
const WORTH_A_WORD = 0.5;

function seenBy({ first, last, findings }: Judgement): { control: SideSeen; candidate: SideSeen } {
  const seen = between(first, last) ?? last;
  const errors = findings[0]?.suspicion.total;
  const slow = findings.length > 1 ? findings.at(-1)?.suspicion.total : undefined;
  const sideSeen = (side: "control" | "candidate"): SideSeen => ({
    requests: seen[side].requests,
    failed: errors?.[side].count ?? 0,
    slow: slow?.[side].count ?? 0,
    p95Ms: quantileMs(seen[side].slots, 0.95) ?? null,
  });
  return { control: sideSeen("control"), candidate: sideSeen("candidate") };
}
