import type { Logger } from "@strangler/platform";
import type { Target } from "../forward/engine.ts";
import type { AnswerHead } from "../guard/response-headers.ts";
import type { Route } from "../routes/route.ts";
import type { Candidates, EncodedAnswer } from "./candidate.ts";
import { compareAnswers, type Difference } from "./compare.ts";
import { decodeAnswer } from "./decode.ts";
import { withoutSecrets } from "./excerpt.ts";
import type { MismatchRing } from "./mismatches.ts";

// An experiment listens to the control's answer while the customer gets it, and asks the candidate only when the customer
// has it. Nothing here is waited for, nothing is queued: what does not fit into the limits is dropped, and counted.

export type ShadowCount = {
  /** equal + different */
  compared: number;
  equal: number;
  different: number;
  /** The candidate gave no answer, or none that could be compared. */
  failed: number;
  /** Never asked. */
  dropped: number;
  droppedBecause: Partial<Record<DropReason, number>>;
};

export type DropReason =
  /** As many candidates are being asked as may be. */
  | "busy"
  /** The control's answer is too large, or too much is held for all experiments together. */
  | "too large"
  /** 304, 206 and their like depend on what the customer already has; a stream has no end to compare. */
  | "not comparable"
  /** The control's answer was not whole. */
  | "control failed";

export type ShadowLimits = {
  concurrency: number;
  /** Of one answer, before and after unpacking. */
  bodyBytes: number;
  /** Of all answers that are being listened to. */
  heldBytes: number;
};

/** Listens to one control answer. */
export type Experiment = {
  head: (head: AnswerHead) => void;
  tap: (chunk: Buffer) => void;
  complete: () => void;
  /** After the response is closed, whatever became of it. */
  close: () => void;
};

export type Shadow = {
  observe: (route: Route, service: string, method: string, target: Target, candidate: URL) => Experiment;
  counts: (route: string) => ShadowCount;
  all: () => ReadonlyMap<string, ShadowCount>;
  /** Experiments whose candidate has not answered yet. */
  inFlight: () => number;
};

export type ShadowOptions = { candidates: Candidates; ring: MismatchRing; limits: ShadowLimits; log: Logger };

export function createShadow({ candidates, ring, limits, log }: ShadowOptions): Shadow {
  const counts = new Map<string, ShadowCount>();
  let inFlight = 0;
  let heldBytes = 0;

  function countFor(route: string): ShadowCount {
    let count = counts.get(route);
    if (count === undefined) counts.set(route, (count = emptyCount()));
    return count;
  }

  function drop(route: string, reason: DropReason): void {
    const count = countFor(route);
    count.dropped += 1;
    count.droppedBecause[reason] = (count.droppedBecause[reason] ?? 0) + 1;
  }

  async function ask(trial: Trial, control: EncodedAnswer): Promise<void> {
    const { route, service, method, target, origin } = trial;
    const count = countFor(route.id);
    try {
      const answer = await candidates.ask({
        origin,
        method,
        path: target.path,
        headers: candidateHeaders(target.headers),
      });
      const [left, right] = await Promise.all([
        decodeAnswer(control, limits.bodyBytes),
        decodeAnswer(answer, limits.bodyBytes),
      ]);
      const comparison = compareAnswers(left, right);
      count.compared += 1;
      if (comparison.outcome === "equal") {
        count.equal += 1;
        return;
      }
      count.different += 1;
      ring.add({
        route: route.id,
        service,
        method,
        path: withoutSecrets(target.path),
        accept: oneValue(target.headers["accept"]),
        requestId: oneValue(target.headers["x-request-id"]) ?? "",
        control: summary(control),
        candidate: summary(answer),
        difference: comparison.difference satisfies Difference,
      });
    } catch (error) {
      count.failed += 1;
      log.debug({ err: error, route: route.id, service }, "the candidate's answer could not be compared");
    }
  }

  function start(trial: Trial, control: EncodedAnswer): void {
    if (inFlight >= limits.concurrency) {
      drop(trial.route.id, "busy");
      return;
    }
    inFlight += 1;
    void ask(trial, control).finally(() => {
      inFlight -= 1;
    });
  }

  return {
    observe: (route, service, method, target, origin) => {
      const trial: Trial = { route, service, method, target, origin };
      let chunks: Buffer[] = [];
      let held = 0;
      let head: AnswerHead | undefined;
      let dropped: DropReason | undefined;
      let whole = false;

      const release = () => {
        heldBytes -= held;
        held = 0;
        chunks = [];
      };
      const giveUp = (reason: DropReason) => {
        dropped ??= reason;
        release();
      };
      return {
        head: (answerHead) => {
          head = answerHead;
          if (!isComparable(answerHead)) giveUp("not comparable");
        },
        tap: (chunk) => {
          if (dropped !== undefined) return;
          if (held + chunk.length > limits.bodyBytes || heldBytes + chunk.length > limits.heldBytes) {
            giveUp("too large");
            return;
          }
          held += chunk.length;
          heldBytes += chunk.length;
          chunks.push(chunk);
        },
        complete: () => {
          whole = true;
        },
        close: () => {
          if (dropped === undefined && (!whole || head === undefined)) dropped = "control failed";
          const body = Buffer.concat(chunks);
          release();
          if (dropped !== undefined || head === undefined) drop(route.id, dropped ?? "control failed");
          else start(trial, encodedAnswer(head, body));
        },
      };
    },
    counts: (route) => structuredClone(counts.get(route) ?? emptyCount()),
    all: () => counts,
    inFlight: () => inFlight,
  };
}

// --- internal ---

type Trial = { route: Route; service: string; method: string; target: Target; origin: URL };

const NOT_COMPARABLE = new Set([206, 304, 412, 416]);

// With these the candidate would answer about what the customer has, not about what there is.
const CONDITIONAL = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"];

/** The counts of a route that has not been shadowed. */
export function emptyCount(): ShadowCount {
  return { compared: 0, equal: 0, different: 0, failed: 0, dropped: 0, droppedBecause: {} };
}

function isComparable({ status, rawHeaders }: AnswerHead): boolean {
  return !NOT_COMPARABLE.has(status) && !findField(rawHeaders, "content-type")?.startsWith("text/event-stream");
}

function candidateHeaders(headers: Target["headers"]): Target["headers"] {
  const copy = { ...headers };
  for (const name of CONDITIONAL) delete copy[name];
  // So that a service can leave out what only a customer's request should cause.
  copy["x-strangler-shadow"] = "1";
  return copy;
}

function encodedAnswer({ status, rawHeaders }: AnswerHead, body: Buffer): EncodedAnswer {
  return {
    status,
    contentType: findField(rawHeaders, "content-type"),
    contentEncoding: findField(rawHeaders, "content-encoding"),
    body,
  };
}

function summary({ status, contentType, body }: EncodedAnswer) {
  return { status, contentType: contentType ?? null, bytes: body.length };
}

function findField(rawHeaders: readonly string[], name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}

function oneValue(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
