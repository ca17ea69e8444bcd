import type { AnswerHead } from "./guard/response-headers.ts";

/** Where the answer to one customer goes, whoever writes it to the wire. node:http's ServerResponse is one. */
export type Reply = {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly statusCode: number;
  /** Whether the request has arrived in full: with a body still on its way the connection cannot be used again. */
  readonly req: { readonly method?: string | undefined; readonly complete: boolean };
  /** `fields` is name and value in turn. Throws when one of them cannot be sent. */
  writeHead: (status: number, reason: string, fields: string[]) => unknown;
  /** Writes an informational answer before the answer itself. node:http's reply is written to by `passInformational`. */
  informational?: (head: AnswerHead) => void;
  addTrailers: (trailers: [string, string][]) => void;
  end: (body?: string) => unknown;
  destroy: () => unknown;
  once: (event: "close", listener: () => void) => unknown;
};
