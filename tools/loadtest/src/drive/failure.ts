import type { Failure } from "../run.ts";
import type { Exchange, OutgoingRequest } from "./client.ts";
import type { AnyFault } from "./judge.ts";

/** What a failure's account is put together from. Times are milliseconds after the run's start. */
export type FailedRequest = {
  fault: AnyFault;
  visitor: string;
  visitorNumber: number;
  step: string;
  request: OutgoingRequest;
  exchange: Exchange;
  scheduledMs: number;
  finishedMs: number;
};

export function describeFailure(failed: FailedRequest, startedAt: Date): Failure {
  const { fault, request, exchange, scheduledMs, finishedMs } = failed;
  return {
    time: new Date(startedAt.getTime() + scheduledMs).toISOString(),
    atMs: scheduledMs,
    visitor: failed.visitor,
    visitorNumber: failed.visitorNumber,
    step: failed.step,
    method: request.method,
    path: request.path,
    status: "answer" in exchange ? exchange.answer.status : null,
    kind: fault.kind,
    reason: fault.reason,
    servedBy: findHeader(exchange, "x-served-by") ?? null,
    requestId: findHeader(exchange, "x-request-id") ?? null,
    latencyMs: finishedMs - scheduledMs,
  };
}

export function findHeader(exchange: Exchange, name: string): string | undefined {
  return "answer" in exchange ? [exchange.answer.headers[name] ?? []].flat()[0] : undefined;
}
