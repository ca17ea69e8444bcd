import type { Passage, Target } from "./forward/engine.ts";
import type { RequestHead } from "./guard/request-head.ts";
import type { Reply } from "./reply.ts";

/** One request of a customer, as the front sees it: what was asked, where the answer goes, and who carries both. */
export type Exchange = {
  readonly head: RequestHead;
  readonly reply: Reply;
  /** Sends the request to an upstream. May be called again after the passage's `fail`, as long as nothing has been answered. */
  readonly send: (target: Target, passage: Passage) => void;
  /** Has every piece of the request's body heard as it comes, without taking it; absent where that cannot be done. */
  readonly tapBody?: (listener: (chunk: Buffer) => void) => void;
  /** The same as `send` with a body that has been kept; absent where bodies cannot be tapped. */
  readonly resend?: (target: Target, passage: Passage, body: Buffer) => void;
};
