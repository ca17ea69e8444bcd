import { randomBytes } from "node:crypto";

/** W3C Trace Context: who a request belongs to, across processes. */
export type TraceContext = { traceId: string; parentId: string; traceparent: string };

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** Goes on with the caller's trace, under a new parent id, or begins one (W3C Trace Context section 3.2; all-zero ids are invalid). */
export function continueTrace(incoming: string | undefined): TraceContext {
  const match = TRACEPARENT.exec(incoming ?? "");
  const known = match?.[1] !== undefined && !/^0+$/.test(match[1]) && !/^0+$/.test(match[2] ?? "");
  const traceId = known ? (match[1] ?? "") : randomBytes(16).toString("hex");
  const parentId = randomBytes(8).toString("hex");
  return { traceId, parentId, traceparent: `00-${traceId}-${parentId}-01` };
}
