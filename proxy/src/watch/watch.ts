import type { Logger } from "@strangler/platform";
import type { EdgeReport } from "../edge.ts";
import type { StageAt } from "../routes/change-stages.ts";
import type { RoutesSnapshot } from "../routes/parse.ts";
import type { Route } from "../routes/route.ts";
import { emptySeries, type Series, type Side } from "../traffic.ts";
import type { Sides } from "./blocks.ts";
import { describeWatch, stepFrom } from "./describe-watch.ts";
import { beginJudgement, judge, verdictOf, type Evidence, type Judgement } from "./judge.ts";
import type { Verdict, WatchMove, WatchReport } from "./report.ts";
import { sentenceOf } from "./sentence.ts";
import type { WatchRule } from "./watch-rule.ts";

/** A change of stage that the watch wants, of a route that it has judged at `before`. */
export type StageMove = { route: string; before: StageAt; after: StageAt; reason: string };

export type WatchOptions = {
  /** The routes in force. */
  routes: () => RoutesSnapshot;
  /** What all edges of this replica have seen, cumulative. */
  report: () => Promise<EdgeReport>;
  /** Sets the stage by compare-and-set, if the route still stands at `before`, and enters the reason in the audit log. */
  setStage: (move: StageMove) => Promise<void>;
  log: Logger;
  /** Half a second when left out. */
  everyMs?: number;
};

export type Watch = {
  report: () => WatchReport;
  close: () => void;
};

/** The judgement of one step of one canary; another stage, share or service is another step. */
type Case = { step: string; rule: WatchRule; judgement: Judgement; verdict: Verdict };

/** Looks at the canaries of this replica, puts back what is bad, and lets on what is good where its route says so. */
export function startWatch({ routes, report, setStage, log, everyMs = 500 }: WatchOptions): Watch {
  const cases = new Map<string, Case>();
  const moves: WatchMove[] = [];
  const verdicts = new Map<string, { route: string; verdict: Verdict; times: number }>();
  let looking = false;
  let closed = false;

  // One look at a time: a slow store must not be asked twice for the same change.
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => log.error({ err: error }, "the watch could not look"))
      .finally(() => (looking = false));
  }, everyMs);
  timer.unref();

  async function look(): Promise<void> {
    const snapshot = routes();
    const watched = snapshot.routes.filter((route) => route.stage === "canary" && route.watch !== undefined);
    for (const id of cases.keys()) if (!watched.some((route) => route.id === id)) cases.delete(id);
    if (watched.length === 0) return;
    const series = new Map((await report()).series.map((each) => [`${each.side} ${each.route}`, each]));
    const nowMs = performance.now();
    for (const route of watched) {
      if (closed || route.watch === undefined) return;
      const sideOf = (side: Side) => copyOf(series.get(`${side} ${route.id}`) ?? emptySeries(route.id, side));
      const sides = { control: sideOf("monolith"), candidate: sideOf("service") };
      const each = lookAt(route, route.watch, sides, nowMs);
      await act(route, each);
    }
  }

  function lookAt(route: Route, rule: WatchRule, sides: Sides, nowMs: number): Case {
    const step = `${route.share} ${route.service} ${JSON.stringify(rule)}`;
    const known = cases.get(route.id);
    const judgement =
      known?.step === step
        ? judge(known.judgement, nowMs, sides, rule)
        : beginJudgement(nowMs, sides, rule, { lately: known?.judgement.lately, alone: route.share === EVERYBODY });
    const { verdict } = verdictOf(judgement, rule);
    const each: Case = { step, rule, judgement, verdict };
    if (verdict !== (known?.step === step ? known.verdict : undefined)) count(route.id, verdict);
    cases.set(route.id, each);
    return each;
  }

  function count(route: string, verdict: Verdict): void {
    const key = `${verdict} ${route}`;
    const known = verdicts.get(key) ?? { route, verdict, times: 0 };
    verdicts.set(key, { ...known, times: known.times + 1 });
  }

  async function act(route: Route, { judgement, rule }: Case): Promise<void> {
    const evidence = verdictOf(judgement, rule);
    const wanted = wantedMove(route, rule, judgement, evidence);
    if (wanted === undefined) return;
    const { kind, after } = wanted;
    const before: StageAt = { stage: route.stage, percent: route.share / 100 };
    const reason = `${kind === "advance" ? "good" : "bad"}: ${sentenceOf(judgement, evidence, rule)}`;
    let refused: string | null = null;
    try {
      await setStage({ route: route.id, before, after, reason });
      // The next look begins a new step, whether the new routes are in force by then or not.
      cases.delete(route.id);
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
    }
    note({ at: new Date().toISOString(), route: route.id, kind, before, after, reason, refused });
  }

  function note(move: WatchMove): void {
    const latest = moves.find(({ route }) => route === move.route);
    // A store that stays away is tried at every look, and told of once.
    if (move.refused !== null && latest?.refused === move.refused && latest.kind === move.kind) return;
    const { at: _at, ...facts } = move;
    moves.unshift(move);
    moves.length = Math.min(moves.length, KEPT_MOVES);
    if (move.refused !== null) log.error(facts, "the watch could not change a stage");
    else if (move.kind === "roll-back") log.error(facts, "a canary was bad and went back to the monolith");
    else log.info(facts, "a canary was good and went on");
  }

  return {
    report: () => ({
      at: new Date().toISOString(),
      everyMs,
      routes: routes().routes.flatMap((route) => {
        const known = cases.get(route.id);
        return known === undefined ? [] : [describeWatch(route, known.rule, known.judgement, performance.timeOrigin)];
      }),
      moves: [...moves],
      verdicts: [...verdicts.values()],
    }),
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
}

// --- internal ---

const EVERYBODY = 10_000;
const KEPT_MOVES = 50;

// After a roll-back the route is in stage monolith, which is not watched: it takes a person to begin again.
function wantedMove(
  route: Route,
  rule: WatchRule,
  judgement: Judgement,
  evidence: Evidence,
): Pick<WatchMove, "kind" | "after"> | undefined {
  if (evidence.verdict === "bad") {
    return rule.rollsBack ? { kind: "roll-back", after: { stage: "monolith", percent: null } } : undefined;
  }
  const step = stepFrom(route, judgement, evidence);
  if (step?.next == null || step.waitsFor !== undefined) return undefined;
  return { kind: "advance", after: step.next };
}

// An edge in this process hands out the counters that it goes on counting with.
function copyOf(series: Series): Series {
  return { ...series, statusClasses: [...series.statusClasses], slots: [...series.slots] };
}
