import type { Logger } from "@strangler/platform";
import type { Exchange } from "./exchange.ts";
import type { Passage, Target, UpstreamFailure } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerProblem } from "./guard/answer.ts";
import { createPassage } from "./passage.ts";
import { MONOLITH } from "./routes/stages.ts";
import type { Experiment } from "./shadow/experiment.ts";
import type { Side } from "./traffic.ts";
import type { Trip } from "./trip.ts";
import type { Lease, Upstreams } from "./upstreams/upstreams.ts";

/** One asking of one instance. */
export type Attempt = { readonly upstream: string; readonly side: Side; readonly lease: Lease };

export type AttemptsOptions = {
  upstreams: Upstreams;
  log: Logger;
  /** Whether connections are to end with their answer. */
  isDraining: () => boolean;
};

/** How the askings for one request went. `last` gave the answer, or the failure that the customer was told of. */
export type Journey = { last: Attempt | undefined; failure: UpstreamFailure | undefined };

/** Sends a request where it was decided. What fails before anything was answered may be asked elsewhere, if repeating it is safe. */
export function createAttempts({ upstreams, log, isDraining }: AttemptsOptions) {
  return (exchange: Exchange, trip: Trip, experiment: Experiment | undefined): Journey => {
    const { requestId, decision } = trip;
    const journey: Journey = { last: undefined, failure: undefined };

    const passage: Passage = createPassage(exchange.reply, {
      requestId,
      ownFields: () => answerFields(trip, journey, isDraining()),
      experiment,
      onFailure: (failure) => {
        journey.failure = failure;
        log.warn({ requestId, upstream: journey.last?.upstream, ...failure }, "no answer from upstream");
      },
    });

    const lease = upstreams.pick(trip.snapshot, decision.answeredBy);
    if (lease === undefined) {
      journey.failure = NO_INSTANCE;
      answerProblem(exchange.reply, failureAnswer(NO_INSTANCE), requestId, !exchange.reply.req.complete);
      return journey;
    }
    journey.last = { upstream: decision.answeredBy, side: decision.side, lease };
    exchange.reply.once("close", () => lease.done(journey.failure === undefined ? "answered" : "failed"));
    exchange.send(targetOf(trip, lease), passage);
    return journey;
  };
}

/** The request as one instance gets it. */
export function targetOf({ path, headers, repeatable }: Trip, { origin }: Lease): Target {
  // Only HTTP/1.0 comes without a Host; it is then the instance's own.
  headers["host"] ??= origin.host;
  return { origin, path, headers, repeatable };
}

// --- internal ---

const NO_INSTANCE: UpstreamFailure = { kind: "unreachable", code: "NO_INSTANCE", message: "no instance can be asked" };

function answerFields(trip: Trip, { last }: Journey, draining: boolean): string[] {
  const fields = ["x-served-by", last?.upstream ?? MONOLITH, ...trip.ownFields];
  if (draining) fields.push("connection", "close");
  return fields;
}
