import { NoAnswerError, type Asker } from "./asker.ts";
import type { Budget } from "./budget.ts";
import type { Answer } from "./compare.ts";
import { decodeAnswer, type EncodedAnswer } from "./decode.ts";
import type { Trial } from "./examine.ts";
import type { Heard } from "./experiment.ts";
import { withPlainLocation } from "./own-origin.ts";
import { questionHeaders } from "./question.ts";
import { isSafe, type ShadowRules } from "./shadow-rule.ts";
import { oneValue, type Subject } from "./subject.ts";

export type TrialOptions = {
  candidates: Asker;
  controls: Asker;
  /** Takes the place of one question to a control; undefined when there is none. Answers how to give it back. */
  takeControl: () => (() => void) | undefined;
  budget: Budget;
  bodyBytes: number;
};

/** A trial, with what it holds. */
export type OpenTrial = {
  trial: Trial;
  /** The candidate's first answer, once it has come. */
  candidate: () => EncodedAnswer | undefined;
};

/** Makes it possible to ask about one request again. What is taken from the budget is given back by the functions put into `held`. */
export async function openTrial(
  subject: Subject,
  rules: ShadowRules,
  { answer, question }: Heard,
  held: (() => void)[],
  { candidates, controls, takeControl, budget, bodyBytes }: TrialOptions,
): Promise<OpenTrial> {
  const { method, path, headers } = subject;
  const host = oneValue(headers["host"]);
  let first: EncodedAnswer | undefined;

  async function ask(asker: Asker, name: string, credentials: ShadowRules["credentials"]) {
    const lease = subject.pick(name);
    if (lease === undefined) throw new NoAnswerError("no answer");
    const { origin } = lease;
    const asked = questionHeaders(headers, { credentials }, question);
    // A shadow question is no customer's: how it ends does not count for or against the instance.
    const got = await asker
      .ask({ origin, method, path, headers: asked, body: question })
      .finally(() => lease.done("cancelled"));
    held.push(got.release);
    return { encoded: got.answer, upstream: origin.origin };
  }

  async function read(encoded: EncodedAnswer, upstream: string | undefined): Promise<Answer> {
    const decoded = await decodeAnswer(encoded, bodyBytes);
    // What unpacking has added takes up room too.
    const more = Math.max(0, decoded.body.length - encoded.body.length);
    if (!budget.take(more)) throw new NoAnswerError("memory");
    held.push(() => budget.give(more));
    return withPlainLocation(decoded, { host, upstream });
  }

  async function askControl(): Promise<Answer> {
    const giveBack = takeControl();
    if (giveBack === undefined) throw new NoAnswerError("busy");
    try {
      const { encoded, upstream } = await ask(controls, subject.control, "pass");
      return await read(encoded, upstream);
    } finally {
      giveBack();
    }
  }

  return {
    candidate: () => first,
    trial: {
      control: await read(answer, addressOf(subject, subject.control)),
      askControl: isSafe(method) ? askControl : undefined,
      askCandidate: async () => {
        const { encoded, upstream } = await ask(candidates, subject.candidate, rules.credentials);
        first ??= encoded;
        return read(encoded, upstream);
      },
    },
  };
}

// --- internal ---

function addressOf({ pick }: Subject, name: string): string | undefined {
  const lease = pick(name);
  lease?.done("cancelled");
  return lease?.origin.origin;
}
