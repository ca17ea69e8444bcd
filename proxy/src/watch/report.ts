import type { StageAt } from "../routes/change-stages.ts";

/** What the requests of a canary say of the candidate. Too few requests say nothing: that is no pass, and no fault. */
export type Verdict = "good" | "bad" | "not enough traffic";

/** What was counted of one side since the watch of this step began. */
export type SideSeen = {
  requests: number;
  /** Errors in the sense of the route's watch: answers of the 5xx class and upstreams without a whole answer, as a rule. */
  failed: number;
  /** Requests slower than `slowerThanMs` of this side. */
  slow: number;
  /** The upper end of the slot that the quantile lies in; null without requests. */
  p95Ms: number | null;
};

/** How one route in stage canary is judged. Plain data for pages, commands and metrics. */
export type RouteWatch = {
  route: string;
  service: string;
  percent: number;
  /** When the watch of this step began: ISO 8601, UTC. A change of stage or share begins a new one. */
  since: string;
  verdict: Verdict;
  /** A sentence for people, with the numbers. */
  text: string;
  control: SideSeen;
  candidate: SideSeen;
  /** From which duration on a request counts as slow, on either side. Null until the control has been seen for a while. */
  slowerThanMs: { control: number; candidate: number } | null;
  /** How far the evidence has come, 0 to 1 on a logarithmic scale: at 1 it is enough for "bad", or for "good". */
  towardsBad: number;
  towardsGood: number;
  /** What the evidence against the candidate rests on, if there is any. */
  suspicion: "errors" | "latency" | null;
  /** On average at most one false alarm in so many hours, for a candidate that is exactly as much worse as is allowed. */
  falseAlarmHours: number;
  /** False: the verdict is only reported. */
  rollsBack: boolean;
  /** Null without `autoAdvance`. */
  advance: { steps: readonly number[]; next: StageAt | null; waitsFor: string } | null;
};

/** A change of stage that the watch has made, or tried to. */
export type WatchMove = {
  at: string;
  route: string;
  kind: "roll-back" | "advance";
  before: StageAt;
  after: StageAt;
  reason: string;
  /** Why it could not be made; null when it was. Tried again at the next look. */
  refused: string | null;
};

/** All that the watch of this replica knows. Each replica judges by its own requests. */
export type WatchReport = {
  at: string;
  everyMs: number;
  /** Every route in stage canary whose watch is on. */
  routes: RouteWatch[];
  /** The newest first; the last 50. */
  moves: WatchMove[];
  /** Since the start, by route and verdict: how often a verdict came up anew. */
  verdicts: { route: string; verdict: Verdict; times: number }[];
};
