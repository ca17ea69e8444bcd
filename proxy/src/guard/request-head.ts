import type { IncomingHttpHeaders } from "node:http";

/** The header of a request, whoever has parsed it. node:http's IncomingMessage is one. */
export type RequestHead = {
  readonly method?: string | undefined;
  /** The request target as sent. */
  readonly url?: string | undefined;
  /** 1 where it is absent. */
  readonly httpVersionMajor?: number | undefined;
  readonly httpVersionMinor: number;
  /** Name, value, name, value: order and repetition as sent. Names may be in small letters already. */
  readonly rawHeaders: readonly string[];
  /** By name in small letters. */
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean | undefined };
};
