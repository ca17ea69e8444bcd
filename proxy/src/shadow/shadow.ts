import { setTimeout as wait } from "node:timers/promises";
import type { OutgoingHttpHeaders } from "node:http";
import type { Logger } from "@strangler/platform";
import type { Route } from "../routes/route.ts";
import type { Lease } from "../upstreams/upstreams.ts";
import { createAsker, NoAnswerError, type Asker, type HeldAnswer } from "./asker.ts";
import { createBudget, createCopy, type Copy } from "./budget.ts";
import type { Answer, Comparison } from "./compare.ts";
import { decodeAnswer, findField, UndecodableError, type EncodedAnswer } from "./decode.ts";
import { examine, type Trial } from "./examine.ts";
import { createExperiment, type Experiment, type Heard } from "./experiment.ts";
import { createLedgers } from "./ledgers.ts";
import type { RouteLedger, SampleOf } from "./ledger.ts";
import { withPlainLocation } from "./own-origin.ts";
import { bringsBody, questionHeaders } from "./question.ts";
import { redactPath, withoutPatterns } from "./redact.ts";
import type { ShadowReport } from "./report.ts";
import type { DropReason, FailReason, ShadowCount } from "./shadow-count.ts";
import { isSafe, type ShadowRules } from "./shadow-rule.ts";

// The candidate is asked only when the customer has her answer. Nothing is waited for and nothing is queued: what does not fit
// into the limits is dropped, and counted.

export type ShadowLimits = {
  /** Candidates asked at one time. */
  concurrency: number;
  /** Controls asked a second time, at one time. */
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
  repeats: 4,
  withinMs: 5_000,
  bodyBytes: 1_048_576,
  questionBytes: 262_144,
  heldBytes: 33_554_432,
  fields: 200,
  mismatches: 100,
};

/** A request that is answered by its control, and whose route is in stage shadow. */
export type Subject = {
  readonly route: Route;
  /** Names of upstreams. */
  readonly control: string;
  readonly candidate: string;
  readonly method: string;
  /** Canonical path and query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly pick: (name: string) => Lease | undefined;
  /** Hands over every piece of the request's body as it comes; undefined where that cannot be had. */
  readonly tapBody: ((listener: (chunk: Buffer) => void) => void) | undefined;
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
  const controls = follow(createAsker({ connections: limits.repeats, withinMs, bodyBytes }, budget));
  const ledgers = createLedgers({ fields: limits.fields, samples: limits.mismatches });
  const closing = new AbortController();
  let inFlight = 0;
  let repeating = 0;

  function start(subject: Subject, ledger: RouteLedger, rules: ShadowRules, heard: Heard): void {
    if (inFlight >= limits.concurrency) {
      heard.release();
      drop(ledger.count, "busy");
      return;
    }
    inFlight += 1;
    void run(subject, ledger, rules, heard).finally(() => {
      inFlight -= 1;
    });
  }

  async function run(subject: Subject, ledger: RouteLedger, rules: ShadowRules, heard: Heard): Promise<void> {
    const held: (() => void)[] = [heard.release];
    const seen: Seen = { candidate: undefined };
    try {
      const comparison = await examine(await trialOf(subject, rules, heard, held, seen), ledger, rules, {
        chance,
        pause: (round) => wait(PAUSES_MS[round] ?? 0, undefined, { signal: closing.signal, ref: false }),
      });
      count(ledger, comparison);
      if (comparison.outcome === "different") ledger.keep(sampleOf(subject, heard.answer, seen, comparison));
    } catch (error) {
      fail(ledger.count, reasonOf(error));
      const { route, candidate } = subject;
      log.debug({ err: error, route: route.id, service: candidate }, "the candidate's answer could not be compared");
    } finally {
      for (const release of held) release();
    }
  }

  async function trialOf(
    subject: Subject,
    rules: ShadowRules,
    { answer, question }: Heard,
    held: (() => void)[],
    seen: Seen,
  ): Promise<Trial> {
    const headers = questionHeaders(subject.headers, rules, question);
    const controlHeaders = questionHeaders(subject.headers, { credentials: "pass" }, question);
    const ask = async (asker: Asker, name: string, given: OutgoingHttpHeaders) => {
      const { method, path } = subject;
      const lease = subject.pick(name);
      if (lease === undefined) throw new NoAnswerError("no answer");
      const got = await lent(lease, () =>
        asker.ask({ origin: lease.origin, method, path, headers: given, body: question }),
      );
      held.push(got.release);
      return got.answer;
    };
    const read = async (encoded: EncodedAnswer, upstream: string) => {
      const decoded = await decodeAnswer(encoded, bodyBytes);
      hold(decoded, encoded, held);
      return withPlainLocation(decoded, { host: oneValue(subject.headers["host"]) ?? undefined, upstream });
    };
    return {
      control: await read(answer, originOf(subject, subject.control)),
      askCandidate: async () => {
        const encoded = await ask(candidates, subject.candidate, headers);
        seen.candidate ??= encoded;
        return read(encoded, originOf(subject, subject.candidate));
      },
      askControl: isSafe(subject.method)
        ? async () => {
            if (repeating >= limits.repeats) throw new NoAnswerError("memory");
            repeating += 1;
            try {
              const encoded = await ask(controls, subject.control, controlHeaders);
              return await read(encoded, originOf(subject, subject.control));
            } finally {
              repeating -= 1;
            }
          }
        : undefined,
    };
  }

  /** What unpacking has added to a body takes up room too. */
  function hold(decoded: Answer, encoded: EncodedAnswer, held: (() => void)[]): void {
    const more = decoded.body.length - encoded.body.length;
    if (more <= 0) return;
    if (!budget.take(more)) throw new NoAnswerError("memory");
    held.push(() => budget.give(more));
  }

  return {
    observe: (subject) => {
      const { route } = subject;
      const rules = route.shadow;
      const ledger = ledgers.of(route.id, subject.candidate, rules);
      if (rules.sample < 1 && chance() >= rules.sample) {
        ledger.count.unsampled += 1;
        return undefined;
      }
      if (inFlight >= limits.concurrency) {
        drop(ledger.count, "busy");
        return undefined;
      }
      const question = copyOfQuestion(subject, () => createCopy(budget, limits.questionBytes));
      if (question === "cannot be had") {
        drop(ledger.count, "not comparable");
        return undefined;
      }
      return createExperiment({
        budget,
        bodyBytes,
        question,
        onEnd: (end) => {
          if ("dropped" in end) drop(ledger.count, end.dropped);
          else start(subject, ledger, rules, end.heard);
        },
      });
    },
    all: ledgers.counts,
    inFlight: () => inFlight,
    report: () => ledgers.report(inFlight),
    forget: ledgers.forget,
    close: () => {
      closing.abort();
      candidates.close();
      controls.close();
    },
  };
}

// --- internal ---

const same = (asker: Asker): Asker => asker;

/** The candidate's first answer, for the sample. */
type Seen = { candidate: EncodedAnswer | undefined };

// Before each round of asking again: what is only late, as a copy of data is, has time to arrive.
const PAUSES_MS = [0, 50, 250, 1_000];

function drop(counts: ShadowCount, reason: DropReason): void {
  counts.dropped += 1;
  counts.droppedBecause[reason] = (counts.droppedBecause[reason] ?? 0) + 1;
}

function fail(counts: ShadowCount, reason: FailReason): void {
  counts.failed += 1;
  counts.failedBecause[reason] = (counts.failedBecause[reason] ?? 0) + 1;
}

function reasonOf(error: unknown): FailReason {
  if (error instanceof NoAnswerError) return error.reason;
  return error instanceof UndecodableError ? "undecodable" : "no answer";
}

function count(ledger: RouteLedger, comparison: Comparison): void {
  const counts = ledger.count;
  counts.compared += 1;
  counts[comparison.outcome] += 1;
  if (comparison.outcome === "different" && comparison.differences.every(ledger.isNoise)) counts.onlyNoise += 1;
}

function copyOfQuestion({ headers, tapBody }: Subject, create: () => Copy): Copy | undefined | "cannot be had" {
  if (!bringsBody(headers)) return undefined;
  if (tapBody === undefined) return "cannot be had";
  const copy = create();
  tapBody((chunk) => void copy.add(chunk));
  return copy;
}

async function lent(lease: Lease, ask: () => Promise<HeldAnswer>): Promise<HeldAnswer> {
  let outcome: Parameters<Lease["done"]>[0] = "cancelled";
  try {
    const got = await ask();
    outcome = "answered";
    return got;
  } finally {
    // A shadow question that fails is no customer's: it does not count against the instance.
    lease.done(outcome);
  }
}

function originOf({ pick }: Subject, name: string): string {
  const lease = pick(name);
  lease?.done("cancelled");
  return lease?.origin.origin ?? "";
}

function sampleOf(
  { method, path, headers }: Subject,
  control: EncodedAnswer,
  { candidate }: Seen,
  { differences, more }: Extract<Comparison, { outcome: "different" }>,
): SampleOf {
  const accept = oneValue(headers["accept"]);
  return {
    method,
    ...redactPath(path),
    accept: accept === null ? null : withoutPatterns(accept),
    requestId: withoutPatterns(oneValue(headers["x-request-id"]) ?? ""),
    control: summary(control),
    candidate: summary(candidate ?? control),
    differences,
    more,
  };
}

function summary({ status, rawHeaders, body }: EncodedAnswer) {
  return { status, contentType: findField(rawHeaders, "content-type") ?? null, bytes: body.length };
}

function oneValue(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
