import type { OutgoingHttpHeaders } from "node:http";
import type { Route } from "../routes/route.ts";
import type { Lease } from "../upstreams/upstreams.ts";
import type { Comparison } from "./compare.ts";
import { findField, type EncodedAnswer } from "./decode.ts";
import type { SampleOf } from "./ledger.ts";
import { redactPath, withoutPatterns } from "./redact.ts";

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
  /** Whether the request has arrived in full: an upstream may answer before it has read. */
  readonly isWhole: () => boolean;
};

/** What is kept of a request whose answers differed. */
export function sampleOf(
  { method, path, headers }: Subject,
  control: EncodedAnswer,
  candidate: EncodedAnswer,
  { differences, more }: Extract<Comparison, { outcome: "different" }>,
): SampleOf {
  const accept = oneValue(headers["accept"]);
  return {
    method,
    ...redactPath(path),
    accept: accept === undefined ? null : withoutPatterns(accept),
    requestId: withoutPatterns(oneValue(headers["x-request-id"]) ?? ""),
    control: summary(control),
    candidate: summary(candidate),
    differences,
    more,
  };
}

/** The value of a field that is there once. */
export function oneValue(value: OutgoingHttpHeaders[string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}

// --- internal ---

function summary({ status, rawHeaders, body }: EncodedAnswer): SampleOf["control"] {
  return { status, contentType: findField(rawHeaders, "content-type") ?? null, bytes: body.length };
}
