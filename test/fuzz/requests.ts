import { cut, mutate } from "./mutate.ts";
import { pairName, type Random } from "./random.ts";

export type FuzzedRequest = {
  /** latin1; sent one after the other. */
  pieces: string[];
  /** Left as it was made: one request, one answer. */
  plain: boolean;
  method: string;
};

const METHODS = ["GET", "GET", "GET", "GET", "POST", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"];
const ODD_METHODS = ["TRACE", "CONNECT", "BREW", "get", "PROPFIND", "PRI", ""];
const TARGETS = ["/", "/items/1", "/items/1?a=b", "/a/b/c", "/items/%e2%82%ac", "/items/a%20b?x=%2f.."];
const ODD_TARGETS = [
  ...[
    "*",
    "//",
    "/..",
    "/items/../a",
    "/%2e%2e/",
    "/%00",
    "/%",
    "http://a/items",
    "http://b/",
    "a:80",
    "",
    "/items/..;/x",
  ],
  ...["/\xe4", "/a#b", "/a\\b", "/%c0%af", "http://u@a/", "/items/%252e%252e", `/${"a".repeat(9_000)}`],
];
const FIELDS = [
  ...[
    "Accept: */*",
    "Cookie: sid=7; a=b",
    "Cookie: c=d",
    "User-Agent: x",
    "X-Forwarded-For: 6.6.6.6",
    "X-A:",
    "X-A: \xe4\xff",
  ],
  ...[
    "Connection: keep-alive",
    "Connection: close",
    "Connection: X-A, Host",
    "Connection: Upgrade",
    "Upgrade: websocket",
  ],
  ...[
    "Upgrade: h2c",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Expect: 100-continue",
    "Expect: x",
    "TE: trailers",
  ],
  ...[
    "Trailer: X-T",
    "Keep-Alive: timeout=1",
    "Proxy-Authorization: x",
    "Max-Forwards: 0",
    "Range: bytes=0-1",
    "If-None-Match: *",
  ],
  ...["constructor: 1", "__proto__: 2", "X_Forwarded_For: 1", "Host: b", "Content-Length: 3", "Content-Length: 3, 3"],
  ...[
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
  ],
  ...["Transfer-Encoding: chunked, chunked", "Transfer-Encoding : chunked", " folded", "x-strangler-route: always"],
];

/** A request that names its pair in a field, mostly well-formed, sometimes anything but. */
export function fuzzRequest(random: Random, pair: number): FuzzedRequest {
  const odd = random.chance(50);
  const method = odd && random.chance(10) ? random.pick(ODD_METHODS) : random.pick(METHODS);
  const first = requestText(random, pair, method, odd);
  const second = random.chance(8) ? requestText(random, pair, "GET", random.chance(30)) : "";
  const mutated = odd && random.chance(50);
  const text = mutated ? mutate(random, first + second) : first + second;
  return { pieces: cut(random, text), plain: !odd && second === "", method };
}

// --- internal ---

function requestText(random: Random, pair: number, method: string, odd: boolean): string {
  const target = odd && random.chance(25) ? random.pick(ODD_TARGETS) : random.pick(TARGETS);
  const version =
    odd && random.chance(10)
      ? random.pick(["HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "http/1.1"])
      : "HTTP/1.1";
  const fields = [`Host: a`, `X-Pair: ${pairName(pair)}`];
  if (odd) for (let left = random.below(4); left > 0; left -= 1) fields.push(random.pick(FIELDS));
  if (random.chance(3)) fields.push(`X-Long: ${"y".repeat(random.below(20_000))}`);
  const body = method === "GET" || method === "HEAD" ? "" : bodyOf(random, fields, odd);
  return `${method} ${target} ${version}\r\n${fields.join("\r\n")}\r\n\r\n${body}`;
}

function bodyOf(random: Random, fields: string[], odd: boolean): string {
  const data = "z".repeat(random.below(random.chance(5) ? 100_000 : 60));
  if (random.chance(50)) {
    fields.push(`Content-Length: ${odd && random.chance(20) ? random.below(100) : data.length}`);
    return data;
  }
  fields.push("Transfer-Encoding: chunked");
  const extension = odd && random.chance(20) ? ";a=b" : "";
  const trailers = random.chance(15) ? "X-T: 1\r\nHost: b\r\n" : "";
  const size =
    odd && random.chance(15) ? random.pick(["-1", "0x3", "ffffffffffffffffff", "", " 3"]) : data.length.toString(16);
  const chunk = data === "" ? "" : `${size}${extension}\r\n${data}\r\n`;
  return `${chunk}${odd && random.chance(10) ? "" : "0\r\n"}${trailers}\r\n`;
}
