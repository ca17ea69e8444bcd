import type { StageAt, StageChange } from "../routes/change-stages.ts";
import type { Route } from "../routes/route.ts";
import { isAllowedStep, skippedStages, STAGES } from "../routes/stages.ts";
import type { Side } from "../traffic.ts";

/** Requests of the last minute or so. */
export type Lately = { requests: number; errors: number; seconds: number };

/** What is known of a route apart from its stage. */
export type RouteFacts = {
  lately: (side: Side) => Lately | undefined;
  /** Comparisons since the counters began; undefined where nobody has counted. */
  shadow: { compared: number; different: number } | undefined;
};

/** What a change of one route would do, for whoever decides whether to make it. */
export type ChangeEffect = {
  id: string;
  before: StageAt;
  after: StageAt;
  /** Requests at this replica; null where nobody has counted. */
  lastMinute: { seconds: number; monolith: number; service: number } | null;
  /** The share of all customers whose side changes, roughly, from 0 to 1. */
  customersMoved: { share: number; to: Side | null };
  warnings: string[];
};

/** Errors beyond this share of the candidate's answers are worth a word. */
const FAILING = 0.01;
/** As are differences beyond this share of the comparisons. */
const DIFFERING = 0.01;

export function effectOf(change: StageChange, route: Route, facts: RouteFacts | undefined): ChangeEffect {
  const { before, after } = change;
  const [was, will] = [shareOf(before), shareOf(after)];
  const monolith = facts?.lately("monolith");
  const service = facts?.lately("service");
  const counted = monolith ?? service;
  return {
    id: change.id,
    before,
    after,
    lastMinute: counted
      ? { seconds: counted.seconds, monolith: monolith?.requests ?? 0, service: service?.requests ?? 0 }
      : null,
    customersMoved: {
      share: Math.round(Math.abs(will - was) * 10_000) / 10_000,
      to: will === was ? null : will > was ? "service" : "monolith",
    },
    warnings:
      STAGES.indexOf(after.stage) > STAGES.indexOf(before.stage) || will > was ? warn(change, route, facts) : [],
  };
}

// --- internal ---

/** The share of the customers whom the service answers, 0 to 1. */
function shareOf({ stage, percent }: StageAt): number {
  if (stage === "service") return 1;
  return stage === "canary" ? (percent ?? 0) / 100 : 0;
}

/** What speaks against going forward. Going back is never argued with. */
function warn({ before, after }: StageChange, route: Route, facts: RouteFacts | undefined): string[] {
  const warnings: string[] = [];
  if (!isAllowedStep(before.stage, after.stage, route.reached)) {
    const skipped = skippedStages(route.reached, after.stage).join(" and ");
    warnings.push(`the route has never been in ${skipped}: this jump needs --force and a reason`);
  }
  if (after.stage === "canary" && route.watch === undefined) {
    warnings.push("watch is off for this route: nothing puts it back when the service is worse");
  }
  if (shareOf(after) === 0 || facts === undefined) return warnings;
  return [...warnings, ...warnOfCandidate(facts)];
}

function warnOfCandidate({ lately, shadow }: RouteFacts): string[] {
  const warnings: string[] = [];
  const service = lately("service");
  if (service && service.requests > 0 && service.errors / service.requests > FAILING) {
    warnings.push(`the service is failing: ${service.errors} of ${service.requests} requests in the last minute`);
  }
  if (shadow === undefined || shadow.compared === 0) warnings.push("no shadow comparison yet");
  else if (shadow.different / shadow.compared > DIFFERING) {
    warnings.push(`the service's answers differ: ${shadow.different} of ${shadow.compared} compared`);
  }
  return warnings;
}
