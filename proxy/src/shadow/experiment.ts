import type { AnswerHead } from "../guard/response-headers.ts";
import { createCopy, type Budget, type Copy } from "./budget.ts";
import { findField, type EncodedAnswer } from "./decode.ts";
import type { DropReason } from "./shadow-count.ts";

/** Listens to one control answer while the customer gets it. Nothing here is waited for. */
export type Experiment = {
  head: (head: AnswerHead) => void;
  tap: (chunk: Buffer) => void;
  complete: () => void;
  /** After the response is closed, whatever became of it. */
  close: () => void;
};

/** What was heard: the control's answer and the request's body, in room that has to be given back. */
export type Heard = { answer: EncodedAnswer; question: Buffer | undefined; release: () => void };

export type ExperimentOptions = {
  budget: Budget;
  /** Of the control's answer. */
  bodyBytes: number;
  /** A copy of the request's body that somebody else fills; undefined when it has none. */
  question: Copy | undefined;
  /** Whether the request has arrived in full. */
  isWhole: () => boolean;
  /** Called once: either with what was heard, or with the reason why the candidate is not asked. */
  onEnd: (end: { heard: Heard } | { dropped: DropReason }) => void;
};

export function createExperiment({ budget, bodyBytes, question, isWhole, onEnd }: ExperimentOptions): Experiment {
  const body = createCopy(budget, bodyBytes);
  let head: AnswerHead | undefined;
  let comparable = true;
  let whole = false;

  const release = () => {
    body.release();
    question?.release();
  };
  return {
    head: (answerHead) => {
      head = answerHead;
      comparable = isComparable(answerHead);
      if (!comparable) release();
    },
    tap: (chunk) => {
      if (comparable) body.add(chunk);
    },
    complete: () => {
      whole = true;
    },
    close: () => {
      // Half a question is another question.
      if (question !== undefined && !isWhole()) comparable = false;
      const dropped = comparable ? (body.failed() ?? question?.failed()) : "not comparable";
      if (dropped !== undefined || head === undefined || !whole) {
        release();
        onEnd({ dropped: dropped ?? "control failed" });
        return;
      }
      const { status, rawHeaders } = head;
      const answer = { status, rawHeaders, body: body.bytes() };
      onEnd({ heard: { answer, question: question?.bytes(), release } });
    },
  };
}

// --- internal ---

const NOT_COMPARABLE = new Set([206, 304, 412, 416]);

function isComparable({ status, rawHeaders }: AnswerHead): boolean {
  return !NOT_COMPARABLE.has(status) && !findField(rawHeaders, "content-type")?.startsWith("text/event-stream");
}
