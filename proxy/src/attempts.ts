import type { Logger } from "@strangler/platform";
import type { Breakers } from "./breaker/breakers.ts";
import type { BreakerRule } from "./breaker/breaker-rule.ts";
import type { Asked, Permit } from "./breaker/circuit.ts";
import type { Exchange } from "./exchange.ts";
import type { Passage, Target, UpstreamFailure } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerProblem } from "./guard/answer.ts";
import { keepBody, type KeptBody } from "./kept-body.ts";
import { createPassage } from "./passage.ts";
import { customerOrigin } from "./rewrite/customer-origin.ts";
import { rewriteAnswer } from "./rewrite/rewrite.ts";
import { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
import { MONOLITH } from "./routes/stages.ts";
import type { Experiment } from "./shadow/experiment.ts";
import type { AttemptSpan } from "./telemetry/request-span.ts";
import type { Side } from "./traffic.ts";
import type { Trip } from "./trip.ts";
import type { Lease, Upstreams } from "./upstreams/upstreams.ts";

/** One asking of one instance. */
export type Attempt = {
  readonly upstream: string;
  readonly side: Side;
  readonly lease: Lease;
  /** The breaker's leave, where the upstream has a breaker. */
  readonly rule: BreakerRule | undefined;
  readonly permit: Permit;
  /** Where requests are traced. */
  readonly span: AttemptSpan | undefined;
};

export type AttemptsOptions = {
  upstreams: Upstreams;
  breakers: Breakers;
  log: Logger;
  /** Whether connections are to end with their answer. */
  isDraining: () => boolean;
  budget?: RetryBudget;
};

/** How the askings for one request went. */
export type Journey = {
  /** Gave the answer, or the failure that the customer was told of. */
  last: Attempt | undefined;
  /** Why the side that was decided on gave no whole answer, whether the customer got one from elsewhere or not. */
  failure: UpstreamFailure | undefined;
  /** The monolith answered in the service's stead. */
  rescued: boolean;
};

// Where a request goes, in this order; the next only if the one before did not answer with a single byte, if sending it again does no
// harm, and if the budget allows it:
// 1. an instance of the upstream that was decided on, unless its breaker is open
// 2. another instance of the same upstream
// 3. the monolith, in place of a service: in stage canary, where it takes the same requests from the other customers, whatever can be
//    done twice, and what no service has been asked; in stage service only reads, because its data may no longer be what counts
// A POST with an Idempotency-Key gets as far as 2: the monolith does not know the keys that a service has seen.

/** Sends a request where it was decided, and elsewhere when that fails and sending it again is safe. */
export function createAttempts(options: AttemptsOptions) {
  const shared: Shared = { ...options, budget: options.budget ?? createRetryBudget() };
  return (exchange: Exchange, trip: Trip, experiment: Experiment | undefined): Journey => {
    const course = new Course(shared, exchange, trip, experiment);
    course.begin();
    return course;
  };
}

/** The request as one instance gets it. */
export function targetOf({ path, headers, repeatable, route }: Trip, { origin }: Lease, ownHost: boolean): Target {
  // HTTP/1.0 may come without a Host; it is then the instance's own. Whoever is asked next may want the customer's.
  const own = ownHost || headers["host"] === undefined;
  const fields = own ? { ...headers, host: origin.host } : headers;
  return { origin, path, headers: fields, repeatable, bodyBytes: route?.carriage?.bodyBytes };
}

// --- internal ---

type Shared = AttemptsOptions & { readonly budget: RetryBudget };

const NO_INSTANCE: UpstreamFailure = { kind: "unreachable", code: "NO_INSTANCE", message: "no instance can be asked" };
const BREAKER_OPEN: UpstreamFailure = { kind: "unreachable", code: "BREAKER_OPEN", message: "its breaker is open" };

// One for every request, so it is a class and not a handful of closures.
class Course implements Journey {
  readonly #shared: Shared;
  readonly #exchange: Exchange;
  readonly #trip: Trip;
  readonly #passage: Passage;
  readonly #kept: KeptBody | undefined;
  last: Attempt | undefined = undefined;
  failure: UpstreamFailure | undefined = undefined;
  rescued = false;
  /** Whether the breaker has been told how the last attempt went. */
  #told = true;
  #askings = 0;

  constructor(shared: Shared, exchange: Exchange, trip: Trip, experiment: Experiment | undefined) {
    this.#shared = shared;
    this.#exchange = exchange;
    this.#trip = trip;
    this.#kept = keepBody(exchange, trip);
    this.#passage = createPassage(exchange.reply, {
      requestId: trip.requestId,
      ownFields: () => this.#headGoesOut(),
      experiment,
      rewrite: trip.snapshot.carriage.rewrites ? (fields) => this.#rewrite(fields) : undefined,
      before: trip.markWrite && (() => (this.last?.upstream === MONOLITH ? trip.markWrite?.() : undefined)),
      onFailure: (failure) => this.#failed(failure),
      sendElsewhere: () => this.#sendElsewhere(),
    });
  }

  begin(): void {
    const { reply } = this.#exchange;
    reply.once("close", () => this.#end());
    this.#shared.budget.deposit();
    const { answeredBy, side } = this.#trip.decision;
    const failure = this.#ask(answeredBy, side);
    if (failure === undefined) return;
    this.failure = failure;
    if (side === "service" && this.#mayGoToMonolith() && this.#ask(MONOLITH, "monolith") === undefined) {
      this.rescued = true;
      return;
    }
    answerProblem(reply, failureAnswer(failure), this.#trip.requestId, !reply.req.complete);
  }

  // The route's own rule, else that of the service that has answered.
  #rewrite(fields: string[]): void {
    const { route, snapshot, headers } = this.#trip;
    const rule = route?.carriage?.rewrite ?? snapshot.upstreams.get(this.last?.upstream ?? "")?.rewrite;
    if (rule === undefined) return;
    rewriteAnswer(fields, rule, { upstream: this.last?.lease.origin.origin, customer: customerOrigin(headers) });
  }

  /** Sends the request, or says why it could not even be sent. */
  #ask(name: string, side: Side, not?: string): UpstreamFailure | undefined {
    const { upstreams, breakers } = this.#shared;
    const { snapshot, repeatable } = this.#trip;
    const upstream = snapshot.upstreams.get(name);
    const rule = upstream?.breaker;
    const permit = rule === undefined ? "yes" : breakers.allows(name, rule, repeatable);
    if (permit === "no") return BREAKER_OPEN;
    const lease = upstreams.pick(snapshot, name, not);
    if (lease === undefined) {
      if (rule !== undefined) breakers.record(name, rule, permit, not === undefined ? "failed" : "cancelled");
      return NO_INSTANCE;
    }
    this.last = { upstream: name, side, lease, rule, permit, span: this.#trip.span?.attempt(name, lease) };
    this.#told = false;
    this.#askings += 1;
    this.#send(targetOf(this.#trip, lease, upstream?.ownHost === true));
    return undefined;
  }

  #send(target: Target): void {
    const body = this.#askings === 1 ? undefined : this.#kept?.whole();
    if (body === undefined) this.#exchange.send(target, this.#passage);
    else this.#exchange.resend?.(target, this.#passage, body);
  }

  #failed(failure: UpstreamFailure): void {
    const { requestId, decision } = this.#trip;
    if (this.last?.upstream === decision.answeredBy || this.failure === undefined) this.failure = failure;
    this.rescued = false;
    this.#shared.log.warn({ requestId, upstream: this.last?.upstream, ...failure }, "no answer from upstream");
    this.#tell("failed");
    this.last?.lease.done("failed");
    this.last?.span?.end({ failure });
  }

  /** Called when an attempt has failed before anything of an answer had come. */
  #sendElsewhere(): boolean {
    const { last } = this;
    if (last === undefined || !this.#isRepeatable() || this.#askings >= MOST_ASKINGS) return false;
    const mayRescue = last.side === "service" && this.#mayGoToMonolith();
    const canTryAnother = this.#askings === 1;
    if ((!mayRescue && !canTryAnother) || !this.#shared.budget.withdraw()) return false;
    if (canTryAnother && this.#ask(last.upstream, last.side, last.lease.instance) === undefined) {
      this.failure = undefined;
      return true;
    }
    if (!mayRescue || this.#ask(MONOLITH, "monolith") !== undefined) return false;
    this.rescued = true;
    return true;
  }

  #mayGoToMonolith(): boolean {
    const { route } = this.#trip;
    if (route === undefined || !route.fallback) return false;
    const { method = "" } = this.#exchange.head;
    // Nobody has been asked, so nothing can have been done twice.
    if (this.#askings === 0 && route.stage === "canary") return true;
    return this.#isRepeatable() && (route.stage === "canary" ? !DONE_TWICE.has(method) : SAFE.has(method));
  }

  #isRepeatable(): boolean {
    return this.#trip.repeatable || this.#kept?.whole() !== undefined;
  }

  #headGoesOut(): string[] {
    this.#tell("answered");
    const fields = ["x-served-by", this.last?.upstream ?? MONOLITH, ...this.#trip.ownFields];
    if (this.#shared.isDraining()) fields.push("connection", "close");
    return fields;
  }

  /** The customer has her answer, or has left. A failure has been told before, and only the first word counts. */
  #end(): void {
    const outcome: Asked = this.#told ? "answered" : "cancelled";
    this.#tell(outcome);
    this.last?.lease.done(outcome);
    this.last?.span?.end(this.#exchange.reply.headersSent ? { status: this.#exchange.reply.statusCode } : undefined);
  }

  #tell(outcome: Asked): void {
    const { last } = this;
    if (last === undefined || this.#told) return;
    this.#told = true;
    if (last.rule !== undefined) this.#shared.breakers.record(last.upstream, last.rule, last.permit, outcome);
  }
}

// RFC 9110 section 9.2: methods that change nothing, and those that change more when they come twice.
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const DONE_TWICE = new Set(["POST", "PATCH"]);

// One instance, another, and the monolith.
const MOST_ASKINGS = 3;
