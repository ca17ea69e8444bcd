import { randomFillSync } from "node:crypto";

/** W3C Trace Context: who a request belongs to, across processes. */
export type TraceContext = { traceId: string; parentId: string; traceparent: string };

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Goes on with the caller's trace, under a new parent id, or begins one (W3C Trace Context section 3.2; all-zero ids are invalid).
 * What the caller has decided not to sample stays so (section 3.2.2.5); a trace that begins here is left for others to sample.
 */
export function continueTrace(incoming: string | undefined): TraceContext {
  const match = TRACEPARENT.exec(incoming ?? "");
  const known = match?.[1] !== undefined && !/^0+$/.test(match[1]) && !/^0+$/.test(match[2] ?? "");
  const traceId = known ? (match[1] ?? "") : randomHex(16);
  const parentId = randomHex(8);
  const sampled = !known || (Number.parseInt(match?.[3] ?? "", 16) & SAMPLED) !== 0;
  return { traceId, parentId, traceparent: `00-${traceId}-${parentId}-${sampled ? "01" : "00"}` };
}

// --- internal ---

const SAMPLED = 1;

// Asking the system for a few random bytes costs as much as for many; a proxy asks for every request.
const pool = Buffer.alloc(6144);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}
