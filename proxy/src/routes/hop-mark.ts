import { randomBytes } from "node:crypto";

// RFC 8586: whoever passes a request on names itself in CDN-Loop, and takes a request that bears its name already for one that
// runs in a circle. The name is new with every process, so that one proxy before another is never taken for a circle; a request that
// runs through several workers comes back to one of them after as many rounds at most.

/** The name by which an edge knows its own requests. */
export type HopMark = {
  /** The value of CDN-Loop for the next hop, after what the request brought. */
  add: (before: string | string[] | undefined) => string;
  /** Whether a request with this CDN-Loop has been here. */
  comesBack: (brought: string | string[] | undefined) => boolean;
};

/** The field that carries the marks, in small letters. */
export const HOP_FIELD = "cdn-loop";

export function createHopMark(name = `strangler-${randomBytes(6).toString("hex")}`): HopMark {
  return {
    add: (before) => (before === undefined ? name : `${String(before)}, ${name}`),
    comesBack: (brought) => {
      if (brought === undefined) return false;
      const names = String(brought).split(/\s*,\s*/);
      return names.includes(name) || names.length > MOST_HOPS;
    },
  };
}

/** What the client is told. */
export const RUNS_IN_A_CIRCLE = {
  status: 508,
  title: "Loop Detected",
  detail: "The request has come back to the proxy that passed it on: an address among its upstreams leads here.",
  close: false,
};

// --- internal ---

const MOST_HOPS = 32;
