import type { Passage, UpstreamFailure } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerProblem, type OwnAnswer } from "./guard/answer.ts";
import { passInformational } from "./guard/informational.ts";
import { clientResponseHeaders, isFinalStatus, isFramedWell, type AnswerHead } from "./guard/response-headers.ts";
import { passedTrailers } from "./guard/trailers.ts";
import type { Reply } from "./reply.ts";
import type { Experiment } from "./shadow/experiment.ts";

export type PassageOptions = {
  requestId: string;
  /** Fields added to the upstream's answer, name and value in turn. Asked when the head goes out: by then the proxy may be closing. */
  ownFields: () => readonly string[];
  experiment: Experiment | undefined;
  /** Changes the fields of the answer, name and value in turn, before they are sent. */
  rewrite?: ((fields: string[]) => void) | undefined;
  /** What has to be known before the head goes out, for the few answers that have to wait for something. Never rejects. */
  before?: ((head: AnswerHead) => Promise<void> | undefined) | undefined;
  /** Called for every failure, whether the customer could still be told or not. */
  onFailure: (failure: UpstreamFailure) => void;
  /** Asked when nothing has been answered yet: true when the request has been sent elsewhere. */
  sendElsewhere?: ((failure: UpstreamFailure) => boolean) | undefined;
};

/** The way back: writes a clean head, ends what cannot be completed, and never throws. */
export function createPassage(response: Reply, options: PassageOptions): Passage {
  const { requestId, ownFields, experiment, onFailure } = options;
  let informational = 0;
  let begun = false;

  function reject(code: string, message: string): false {
    fail({ kind: "not HTTP", code, message });
    return false;
  }

  function fail(failure: UpstreamFailure): void {
    // The customer has left; nobody is to be told and the upstream is not to blame.
    if (response.destroyed || response.writableEnded) return;
    onFailure(failure);
    // An engine that is in the middle of an answer cannot take up another.
    if (!begun && options.sendElsewhere?.(failure) === true) return;
    // A head has gone out: only a broken connection tells that the rest is missing. A clean end would be a lie.
    if (response.headersSent) response.destroy();
    // With a body still on its way the connection cannot be used again.
    else answerProblem(response, failureAnswer(failure), requestId, !response.req.complete);
  }

  function refuse(answer: OwnAnswer): void {
    if (response.destroyed || response.writableEnded) return;
    if (response.headersSent) response.destroy();
    else answerProblem(response, answer, requestId, true);
  }

  function write(head: AnswerHead): boolean {
    if (response.destroyed || response.headersSent) return false;
    try {
      writeHead(response, head, ownFields(), options.rewrite);
    } catch (error) {
      return reject("HEADER", error instanceof Error ? error.message : String(error));
    }
    experiment?.head(head);
    return true;
  }

  return {
    begin: (head) => {
      if (response.destroyed || response.headersSent) return false;
      begun = true;
      if (!isFinalStatus(head.status)) return reject("STATUS", `the upstream answered with status ${head.status}`);
      if (!isFramedWell(head.rawHeaders)) return reject("CODING", "the answer is in a transfer coding besides chunked");
      const waiting = options.before?.(head);
      return waiting === undefined ? write(head) : waiting.then(() => write(head));
    },
    complete: (rawTrailers) => {
      experiment?.complete();
      if (rawTrailers.length > 0) addTrailers(response, rawTrailers);
    },
    fail,
    refuse,
    informational: (head) => {
      informational += 1;
      if (informational <= MOST_INFORMATIONAL) passInformational(response, head);
    },
    tap: experiment?.tap,
  };
}

// --- internal ---

// An upstream that hints for ever must not fill the memory with hints.
const MOST_INFORMATIONAL = 32;

function writeHead(
  response: Reply,
  { status, statusMessage, rawHeaders }: AnswerHead,
  ownFields: readonly string[],
  rewrite: PassageOptions["rewrite"],
): void {
  // The proxy's own fields are no upstream's, and are not rewritten.
  const fields = clientResponseHeaders(rawHeaders, rewrite === undefined ? ownFields : []);
  if (rewrite !== undefined) {
    rewrite(fields);
    fields.push(...ownFields);
  }
  response.writeHead(status, statusMessage, fields);
}

// Node sends trailers only where the client can read them: in a chunked answer, so never to HTTP/1.0.
function addTrailers(response: Reply, rawTrailers: readonly string[]): void {
  try {
    response.addTrailers(passedTrailers(rawTrailers));
  } catch {
    // A trailer that is not well-formed is left out; the body before it is whole.
  }
}
