/** One exchange over raw sockets: what is sent, what the upstream answers, and what both of them must and must not see. */
export type Case = {
  name: string;
  /** Where it is written, or which limit of other proxies it is about. */
  rule: string;
  /** The customer's bytes (latin1); several pieces go out one after the other. */
  send: string | readonly string[];
  /** The upstream's bytes to every request; without them it answers 200 and what it was asked. */
  answer?: Lie;
  /** The final answers that the customer gets, in order; "closed" when none comes. */
  expect: number | readonly number[] | "closed";
  /** Another single answer that is as good: where the rule leaves a choice, or an engine cannot see what it is about. */
  orElse?: number;
  /** The body of the last answer. */
  body?: string;
  /** The last answer must be seen to be incomplete; where its end came with its beginning, nothing at all may come of it. */
  cut?: boolean;
  /** What all that the customer received must look like, and must not. */
  shows?: RegExp | readonly RegExp[];
  hides?: RegExp | readonly RegExp[];
  /** What the upstream got: nothing, or requests whose bytes must look like this. */
  upstream?: "nothing" | Seen;
  /** Whether the customer's connection serves another request afterwards; "either" where both are right. */
  connection: "reused" | "closed" | "either";
};

export type Seen = { requests?: number; sees?: RegExp | readonly RegExp[]; misses?: RegExp | readonly RegExp[] };

/** What the upstream does when it is asked. */
export type Lie = {
  bytes: string | readonly string[];
  /** Afterwards; "stay" when absent. */
  then?: "close" | "reset" | "stay";
  /** When it begins: after the whole request, or after its header. */
  at?: "end" | "header";
};

/** The bytes of a request with these field lines after its Host. */
export function ask(method: string, target: string, fields: readonly string[] = [], body = ""): string {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a", ...fields];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

export const get = (target: string, ...fields: string[]): string => ask("GET", target, fields);

export const post = (body: string, ...fields: string[]): string => ask("POST", "/", fields, body);

/** The bytes of an answer with these field lines. */
export function answer(status: string, fields: readonly string[] = [], body = ""): string {
  return `${[`HTTP/1.1 ${status}`, ...fields].join("\r\n")}\r\n\r\n${body}`;
}
