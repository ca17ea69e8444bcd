import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "@strangler/platform";
import { createAsker, NoAnswerError, type Asker } from "./asker.ts";
import { createBudget, createCopy, type Copy } from "./budget.ts";
import type { Comparison } from "./compare.ts";
import { createComparer } from "./comparer.ts";
import { UndecodableError } from "./decode.ts";
import { examine, type Examined } from "./examine.ts";
import { createExperiment, type Experiment, type Heard } from "./experiment.ts";
import type { RouteLedger } from "./ledger.ts";
import { createLedgers } from "./ledgers.ts";
import { bringsBody } from "./question.ts";
import type { ShadowReport } from "./report.ts";
import { countDropped, countFailed, type FailReason, type ShadowCount } from "./shadow-count.ts";
import { createRest, type Rest } from "./rest.ts";
import { sampleOf, type Subject } from "./subject.ts";
import { openTrial } from "./trial.ts";

// The candidate is asked only when the customer has her answer. Nothing is waited for and nothing is queued: what does not fit
// into the limits is dropped, and counted.

export type ShadowLimits = {
  /** Candidates asked at one time. */
  concurrency: number;
  /** Controls asked a second time, at one time. */
  controls: number;
  /** Differences that are being looked at again, at one time. */
  repeats: number;
  /** Of one answer of a candidate, or of a control asked again. */
  withinMs: number;
  /** Of one answer, before and after unpacking. */
  bodyBytes: number;
  /** Of one request's body. */
  questionBytes: number;
  /** Of everything that is held for experiments. */
  heldBytes: number;
  /** Differing fields that are remembered of one route. */
  fields: number;
  /** Samples that are kept of one route. */
  mismatches: number;
};

export const SHADOW_LIMITS: ShadowLimits = {
  concurrency: 16,
  controls: 4,
  repeats: 2,
  withinMs: 5_000,
  bodyBytes: 1_048_576,
  questionBytes: 262_144,
  heldBytes: 33_554_432,
  fields: 200,
  mismatches: 100,
};

export type Shadow = {
  /** undefined: this request is not put to the candidate, and that is counted. */
  observe: (subject: Subject) => Experiment | undefined;
  /** Counts of every route that has been shadowed. */
  all: () => ReadonlyMap<string, ShadowCount>;
  /** Experiments whose candidate has not answered yet. */
  inFlight: () => number;
  report: () => ShadowReport;
  /** Forgets what is known of fields, and all samples; the counts stay. Answers the number of samples. */
  forget: () => number;
  close: () => void;
};

export type ShadowOptions = {
  limits: ShadowLimits;
  log: Logger;
  /** 0 to 1; decides which requests are sampled. */
  chance?: () => number;
  /** Stands between an asker and its questions: for traces. */
  follow?: ((asker: Asker) => Asker) | undefined;
};

export function createShadow({ limits, log, chance = Math.random, follow = same }: ShadowOptions): Shadow {
  const budget = createBudget(limits.heldBytes);
  const { withinMs, bodyBytes } = limits;
  // Pools of their own: one for candidates, and one for the control's second answers, so that neither can take the other's place.
  const candidates = follow(createAsker({ connections: limits.concurrency, withinMs, bodyBytes }, budget));
  const controls = follow(createAsker({ connections: limits.controls, withinMs, bodyBytes }, budget));
  const trialOptions = { candidates, controls, takeControl, budget, bodyBytes };
  const comparer = createComparer();
  const { compare } = comparer;
  const ledgers = createLedgers({ fields: limits.fields, samples: limits.mismatches });
  const rests = new Map<string, Rest>();
  const closing = new AbortController();
  let inFlight = 0;
  let askingControls = 0;
  let lookingAgain = 0;

  function takeControl(): (() => void) | undefined {
    if (askingControls >= limits.controls) return undefined;
    askingControls += 1;
    return () => {
      askingControls -= 1;
    };
  }

  function restOf({ route, candidate }: Subject): Rest {
    const name = `${route.id} ${candidate}`;
    const known = rests.get(name) ?? createRest();
    rests.set(name, known);
    return known;
  }

  function start(subject: Subject, ledger: RouteLedger, heard: Heard): void {
    if (inFlight >= limits.concurrency) {
      heard.release();
      countDropped(ledger.count, "busy");
      return;
    }
    inFlight += 1;
    const held: (() => void)[] = [heard.release];
    void run(subject, ledger, heard, held)
      .finally(() => {
        inFlight -= 1;
      })
      .then(runAgain)
      .finally(() => {
        for (const release of held) release();
      });
  }

  async function run(subject: Subject, ledger: RouteLedger, heard: Heard, held: (() => void)[]) {
    const { route } = subject;
    try {
      const { trial, candidate } = await openTrial(subject, route.shadow, heard, held, trialOptions);
      const { comparison, lookAgain } = await examine(trial, ledger, route.shadow, { compare, chance, pause });
      restOf(subject).answered();
      countCompared(ledger, comparison);
      if (comparison.outcome === "different") {
        ledger.keep(sampleOf(subject, heard.answer, candidate() ?? heard.answer, comparison));
      }
      return lookAgain;
    } catch (error) {
      const reason = reasonOf(error);
      if (IS_ILLNESS.has(reason)) restOf(subject).failed();
      countFailed(ledger.count, reason);
      log.debug({ err: error, route: route.id, service: subject.candidate }, "the answers could not be compared");
      return undefined;
    }
  }

  async function runAgain(lookAgain: Examined["lookAgain"]): Promise<void> {
    if (lookAgain === undefined || lookingAgain >= limits.repeats) return;
    lookingAgain += 1;
    // Without an answer there is no evidence, and nothing to say.
    await lookAgain().catch(() => undefined);
    lookingAgain -= 1;
  }

  function pause(round: number): Promise<void> {
    return wait(PAUSES_MS[round] ?? 0, undefined, { signal: closing.signal, ref: false });
  }

  return {
    observe: (subject) => {
      const { id, shadow: rules } = subject.route;
      const ledger = ledgers.of(id, subject.candidate, rules);
      if (rules.sample < 1 && chance() >= rules.sample) {
        ledger.count.unsampled += 1;
        return undefined;
      }
      if (inFlight >= limits.concurrency) {
        countDropped(ledger.count, "busy");
        return undefined;
      }
      if (!restOf(subject).mayAsk()) {
        countDropped(ledger.count, "resting");
        return undefined;
      }
      const question = copyOfQuestion(subject, () => createCopy(budget, limits.questionBytes));
      if (question === "cannot be had") {
        countDropped(ledger.count, "not comparable");
        return undefined;
      }
      return createExperiment({
        budget,
        bodyBytes,
        question,
        isWhole: subject.isWhole,
        onEnd: (end) => {
          if ("dropped" in end) countDropped(ledger.count, end.dropped);
          else start(subject, ledger, end.heard);
        },
      });
    },
    all: ledgers.counts,
    inFlight: () => inFlight,
    report: () => ledgers.report(inFlight),
    forget: ledgers.forget,
    close: () => {
      closing.abort();
      comparer.close();
      candidates.close();
      controls.close();
    },
  };
}

// --- internal ---

// Before each round of looking again: what is only late, as a copy of data is, has time to arrive.
const PAUSES_MS = [0, 50, 250, 1_000];

// What a candidate does when something is wrong with all of it, and not with one answer.
const IS_ILLNESS: ReadonlySet<FailReason> = new Set(["no answer", "timed out", "cut off", "too large"]);

function same(asker: Asker): Asker {
  return asker;
}

function reasonOf(error: unknown): FailReason {
  if (error instanceof NoAnswerError) return error.reason;
  return error instanceof UndecodableError ? "undecodable" : "no answer";
}

function countCompared(ledger: RouteLedger, comparison: Comparison): void {
  const { count } = ledger;
  count.compared += 1;
  count[comparison.outcome] += 1;
  if (comparison.outcome === "different" && comparison.differences.every(ledger.isNoise)) count.onlyNoise += 1;
}

function copyOfQuestion({ headers, tapBody }: Subject, create: () => Copy): Copy | undefined | "cannot be had" {
  if (!bringsBody(headers)) return undefined;
  if (tapBody === undefined) return "cannot be had";
  const copy = create();
  // The piece belongs to whoever forwards it, and may be gone when it has been written.
  tapBody((piece) => void copy.add(Buffer.from(piece)));
  return copy;
}
