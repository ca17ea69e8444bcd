import { cut, mutate } from "./mutate.ts";
import { pairName, type Random } from "./random.ts";

export type FuzzedAnswer = {
  /** latin1; sent one after the other. */
  pieces: string[];
  then: "stay" | "close" | "reset";
  /** Sent at the request's header, before its body. */
  early: boolean;
};

const STATUSES = [
  "200 OK",
  "200 OK",
  "200 OK",
  "404 Not Found",
  "204 No Content",
  "304 Not Modified",
  "302 Found",
  "500 Oops",
  "205 R",
];
const ODD_STATUSES = [
  "099 Odd",
  "000 X",
  "600 X",
  "999 X",
  "101 Switching Protocols",
  "100 Continue",
  "2000 X",
  "20 X",
  "-1 X",
  "103 Early Hints",
];
const FIELDS = [
  ...[
    "Set-Cookie: a=1",
    "Set-Cookie: b=2; Path=/",
    "ETag: x",
    "ETag: y",
    "X-Empty:",
    "X-High: \xe4\xff",
    "Location: http://127.0.0.1/",
  ],
  ...[
    "Connection: close",
    "Connection: keep-alive",
    "Connection: X-Answer",
    "Keep-Alive: timeout=1",
    "Trailer: X-T",
    "Upgrade: websocket",
  ],
  ...[
    "Content-Type: text/event-stream",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: chunked",
    "Content-Length: 5",
    "Content-Length: 5, 5",
  ],
  ...[
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    " folded",
    "bad field: x",
    "No-Colon",
    "X-Nul: a\0b",
    "X-Served-By: me",
  ],
];

// What comes behind an answer comes with it: a moment later, it could not be told from a quick answer to the next request.

/** An answer that names its pair in a field and in its body, mostly well-formed, sometimes a lie. */
export function fuzzAnswer(random: Random, pair: number, method: string): FuzzedAnswer {
  const odd = random.chance(50);
  const before = random.chance(8)
    ? `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Answer: pair-${pairName(pair)}.\r\n\r\n`
    : "";
  const behind = odd && random.chance(15) ? answerText(random, pair, method, false) : "";
  const whole = before + answerText(random, pair, method, odd) + behind;
  const text = odd && random.chance(50) ? mutate(random, whole) : whole;
  const then = odd ? random.pick(["stay", "stay", "close", "reset"] as const) : "stay";
  const pieces = odd && random.chance(3) ? [] : cut(random, text, odd ? text.indexOf("\r\n\r\n") : text.length);
  return { pieces, then, early: random.chance(10) };
}

// --- internal ---

function answerText(random: Random, pair: number, method: string, odd: boolean): string {
  const status = odd && random.chance(25) ? random.pick(ODD_STATUSES) : random.pick(STATUSES);
  const fields = [`X-Answer: pair-${pairName(pair)}.`];
  if (odd) for (let left = random.below(4); left > 0; left -= 1) fields.push(random.pick(FIELDS));
  const bodiless = method === "HEAD" || status.startsWith("204") || status.startsWith("304");
  const body = bodyOf(random, pair, fields, odd);
  const version =
    odd && random.chance(8) ? random.pick(["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "ICY", "HTTP/1.2"]) : "HTTP/1.1";
  return `${version} ${status}\r\n${fields.join("\r\n")}\r\n\r\n${bodiless && !(odd && random.chance(30)) ? "" : body}`;
}

function bodyOf(random: Random, pair: number, fields: string[], odd: boolean): string {
  const data = `pair-${pairName(pair)}.${"w".repeat(random.below(random.chance(3) ? 100_000 : 60))}`;
  if (random.chance(60)) {
    fields.push(`Content-Length: ${odd && random.chance(20) ? random.below(100) : data.length}`);
    return data;
  }
  fields.push("Transfer-Encoding: chunked");
  const trailers = random.chance(20) ? `X-T: pair-${pairName(pair)}.\r\n` : "";
  const size =
    odd && random.chance(15) ? random.pick(["-1", "0x3", "ffffffffffffffffff", "", "zz"]) : data.length.toString(16);
  return `${size}${odd && random.chance(15) ? ";x=y" : ""}\r\n${data}\r\n${odd && random.chance(10) ? "" : "0\r\n"}${trailers}\r\n`;
}
