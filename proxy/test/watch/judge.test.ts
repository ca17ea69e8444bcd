import { describe, expect, test } from "@jest/globals";
import type { Sides } from "../../src/watch/blocks.ts";
import { beginJudgement, judge, verdictOf, type Judgement } from "../../src/watch/judge.ts";
import type { Verdict } from "../../src/watch/report.ts";
import { sentenceOf } from "../../src/watch/sentence.ts";
import { toWatchRule, type WatchEntry, type WatchRule } from "../../src/watch/watch-rule.ts";
import { canaryTraffic, seriesOf, WELL, type Behaviour } from "../kit/canary-traffic.ts";

const RULE = ruleOf({});
const TENTH_FAILS: Behaviour = { ...WELL, failing: 0.1 };

describe("a candidate", () => {
  test("like its control is left alone, at any traffic and any rate of errors", () => {
    for (const [perSecond, share, failing] of [
      [100, 0.05, 0.001],
      [20, 0.1, 0.05],
      [100, 0.5, 0.01],
    ] as const) {
      const behaviour = { ...WELL, failing };
      const { verdicts } = watchFor(2 * 3600, { perSecond, share }, () => [behaviour, behaviour]);
      expect(verdicts).not.toContain("bad");
    }
  });

  test("that begins to fail one request in ten is found within 20 s at 5 requests a second, nearly always", () => {
    const delays = Array.from({ length: 50 }, (_, seed) =>
      secondsToBad({ perSecond: 100, share: 0.05, seed }, TENTH_FAILS),
    );

    expect(delays.filter((seconds) => seconds <= 20).length).toBeGreaterThanOrEqual(45);
    expect(Math.max(...delays)).toBeLessThan(60);
  });

  test("that begins to fail one request in ten is found within 5 s at 100 requests a second", () => {
    const delays = Array.from({ length: 10 }, (_, seed) =>
      secondsToBad({ perSecond: 200, share: 0.5, seed }, TENTH_FAILS),
    );

    expect(Math.max(...delays)).toBeLessThanOrEqual(5);
  });

  test("that takes three times as long is found, unless nobody minds", () => {
    const slow = { ...WELL, medianMs: 3 * WELL.medianMs };

    expect(secondsToBad({ perSecond: 1_000, share: 0.1, seed: 1 }, slow)).toBeLessThanOrEqual(5);
    const { verdicts } = watchFor(
      600,
      { perSecond: 1_000, share: 0.1 },
      () => [WELL, slow],
      ruleOf({ latency: false }),
    );
    expect(verdicts).not.toContain("bad");
  });

  test("a tenth of a percentage point worse is not bad", () => {
    const { verdicts } = watchFor(3600, { perSecond: 200, share: 0.5 }, () => [
      { ...WELL, failing: 0.001 },
      { ...WELL, failing: 0.002 },
    ]);

    expect(verdicts).not.toContain("bad");
  });

  test("is not to blame for trouble that both sides share", () => {
    const stormy = { ...WELL, failing: 0.4, medianMs: 400 };
    const { verdicts } = watchFor(1_800, { perSecond: 100, share: 0.2 }, (second) =>
      second % 300 < 60 ? [stormy, stormy] : [WELL, WELL],
    );

    expect(verdicts).not.toContain("bad");
  });

  test("is neither good nor bad as long as few requests have come", () => {
    const before = begin(RULE);
    const after = look(before, 60, { control: [1_000, 0], candidate: [50, 0] });

    expect(verdictOf(after, RULE).verdict).toBe("not enough traffic");
    expect(sentence(after)).toBe("candidate failed 0 of 50 requests, control 0 of 1,000: too few to say more");
  });

  test("is good once it is shown to be hardly worse, in errors and in time", () => {
    const { judgement, verdicts } = watchFor(900, { perSecond: 100, share: 0.1 }, () => [WELL, WELL]);

    expect(verdicts[60]).toBe("not enough traffic");
    expect(verdictOf(judgement, RULE).verdict).toBe("good");
    expect(sentence(judgement)).toMatch(
      /^candidate failed 0 of [\d,]+ requests, .* at most 0.5 percentage points worse, and no/,
    );
  });

  test("is told what it is accused of, with numbers", () => {
    const ready = look(begin(RULE), 1, { control: [1_000, 1], candidate: [50, 0] });
    const after = look(ready, 2, { control: [1_100, 1], candidate: [70, 8] });

    expect(verdictOf(after, RULE).verdict).toBe("bad");
    expect(sentence(after)).toMatch(
      /^candidate failed 8 of 20 requests, control 0 of 100, in 1 s; a candidate that is no worse than allowed looks like this at most once in [\d,]+ hours of watching$/,
    );
  });
});

describe("what counts", () => {
  test("answers of the 4xx class are the customers' affair, unless the route says otherwise", () => {
    const sides = (requests: number, candidate4xx: number): Sides => {
      const control = seriesOf("monolith", 10 * requests, 0);
      const candidate = seriesOf("service", requests, 0);
      candidate.statusClasses[4] = candidate4xx;
      return { control, candidate };
    };
    const verdict = (rule: WatchRule) => {
      const began = beginJudgement(0, sides(0, 0), rule);
      return verdictOf(judge(judge(began, 1_000, sides(100, 0), rule), 2_000, sides(200, 60), rule), rule).verdict;
    };

    expect(verdict(RULE)).toBe("not enough traffic");
    expect(verdict(ruleOf({ errors: { clientErrors: true } }))).toBe("bad");
  });

  test("an edge that has begun anew with its counters is no evidence", () => {
    const before = look(begin(RULE), 1, { control: [1_000, 5], candidate: [500, 2] });
    const after = look(before, 2, { control: [10, 0], candidate: [5, 5] });

    expect(verdictOf(after, RULE).verdict).toBe("not enough traffic");
  });

  test("with all customers at the candidate, it is held to how the control was before", () => {
    const step = watchFor(120, { perSecond: 100, share: 0.5 }, () => [WELL, WELL]).judgement;
    const everybody = canaryTraffic(5, 100, 1);
    const alone = beginJudgement(0, everybody.second(WELL, WELL), RULE, { lately: step.lately, alone: true });
    const untold = beginJudgement(0, everybody.second(WELL, WELL), RULE, { alone: true });
    const after = (judgement: Judgement) =>
      judge(judgement, 1_000, everybody.second(WELL, { ...WELL, failing: 0.5 }), RULE);

    expect(verdictOf(after(alone), RULE).verdict).toBe("bad");
    expect(verdictOf(after(untold), RULE).verdict).toBe("not enough traffic");
  });
});

// --- internal ---

type Load = { perSecond: number; share: number; seed?: number };

function ruleOf(entry: WatchEntry): WatchRule {
  const rule = toWatchRule(entry);
  if (rule === undefined) throw new Error("watched after all");
  return rule;
}

function watchFor(
  seconds: number,
  { perSecond, share, seed = 42 }: Load,
  behave: (second: number) => readonly [Behaviour, Behaviour],
  rule = RULE,
): { judgement: Judgement; verdicts: Verdict[] } {
  const traffic = canaryTraffic(seed, perSecond, share);
  let judgement = beginJudgement(0, traffic.second(...behave(0)), rule);
  const verdicts: Verdict[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    judgement = judge(judgement, second * 1000, traffic.second(...behave(second)), rule);
    verdicts.push(verdictOf(judgement, rule).verdict);
  }
  return { judgement, verdicts };
}

function secondsToBad(load: Load, ill: Behaviour): number {
  const wellFor = 60;
  const { verdicts } = watchFor(wellFor + 90, { ...load, seed: load.seed ?? 0 }, (second) => [
    WELL,
    second <= wellFor ? WELL : ill,
  ]);
  const found = verdicts.indexOf("bad", wellFor);
  return found < 0 ? Number.POSITIVE_INFINITY : found + 1 - wellFor;
}

type Counts = { control: [requests: number, faults: number]; candidate: [requests: number, faults: number] };

function sidesOf({ control, candidate }: Counts): Sides {
  return { control: seriesOf("monolith", ...control), candidate: seriesOf("service", ...candidate) };
}

function begin(rule: WatchRule): Judgement {
  return beginJudgement(0, sidesOf({ control: [0, 0], candidate: [0, 0] }), rule);
}

function look(before: Judgement, second: number, counts: Counts): Judgement {
  return judge(before, second * 1000, sidesOf(counts), RULE);
}

function sentence(judgement: Judgement): string {
  return sentenceOf(judgement, verdictOf(judgement, RULE), RULE);
}
