import { answer, ask, get, post, type Lie } from "../../proxy/test/conformance/case.ts";

/** The same bytes for every proxy, and what of them is worth a look at the upstream. */
export type Sample = {
  name: string;
  send: string;
  answer?: Lie;
  /** What the upstream has been led to believe. */
  seenAs: (request: string) => string;
};

export type HostileClass = { name: string; why: string; samples: readonly Sample[] };

const SMUGGLED = get("/smuggled");
const CHUNKED = "Transfer-Encoding: chunked";

const target = (request: string): string => request.split(" ")[1] ?? "";
const host = (request: string): string => `Host ${/^host: *(.*)\r$/im.exec(request)?.[1] ?? "none"}`;
const field = (name: string) => (request: string) =>
  new RegExp(`^${name}:`, "im").test(request) ? `with ${name}` : `without ${name}`;
const framing = (request: string): string => {
  const names = ["Content-Length", "Transfer-Encoding"].filter((name) => new RegExp(`^${name}:`, "im").test(request));
  return names.length === 0 ? "no body" : names.join(" and ");
};

const framed = (name: string, fields: readonly string[], body: string): Sample => ({
  name,
  send: post(body, ...fields),
  seenAs: framing,
});
const asked = (path: string): Sample => ({ name: path, send: get(path), seenAs: target });
const answered = (name: string, bytes: string, send = get("/a")): Sample => ({
  name,
  send,
  answer: { bytes, then: "close" },
  seenAs: () => "",
});

/** Nine classes of bytes on which HTTP servers are known to disagree. */
export const CLASSES: readonly HostileClass[] = [
  {
    name: "Two framings",
    why: "A length and chunks: two servers may end the body in two places (RFC 9112 section 6.1).",
    samples: [
      framed("length, then chunks", ["Content-Length: 5", CHUNKED], `0\r\n\r\n${SMUGGLED}`),
      framed("chunks, then length", [CHUNKED, "Content-Length: 5"], `0\r\n\r\n${SMUGGLED}`),
      {
        name: "chunks in HTTP/1.0",
        send: `POST / HTTP/1.0\r\nHost: a\r\n${CHUNKED}\r\n\r\n0\r\n\r\n`,
        seenAs: framing,
      },
    ],
  },
  {
    name: "Lengths",
    why: "More than one, or one that is no number (RFC 9110 section 8.6).",
    samples: [
      framed("two lengths", ["Content-Length: 4", "Content-Length: 5"], "abcde"),
      framed("the same twice", ["Content-Length: 4", "Content-Length: 4"], "abcd"),
      framed("with a plus", ["Content-Length: +4"], "abcd"),
      framed("2^53 + 1", ["Content-Length: 9007199254740993"], ""),
    ],
  },
  {
    name: "Codings in disguise",
    why: "A Transfer-Encoding that one server sees and another does not.",
    samples: [
      framed("blank before the colon", ["Transfer-Encoding : chunked"], "0\r\n\r\n"),
      framed("xchunked", ["Transfer-Encoding: xchunked"], "0\r\n\r\n"),
      framed("chunked twice", ["Transfer-Encoding: chunked, chunked"], "0\r\n\r\n"),
      framed("identity", ["Transfer-Encoding: identity", "Content-Length: 4"], "abcd"),
      framed("folded", ["Transfer-Encoding:\r\n chunked"], "0\r\n\r\n"),
    ],
  },
  {
    name: "Line ends",
    why: "A bare line feed ends a line for some (RFC 9112 section 2.2).",
    samples: [
      { name: "between fields", send: `GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n`, seenAs: field("X-A") },
      framed("behind a chunk's size", [CHUNKED], "3\nabc\r\n0\r\n\r\n"),
      framed("in a chunk's extension", [CHUNKED], `3;a\nabc\r\n0\r\n\r\n`),
      { name: "a lone CR in a value", send: get("/", "X-A: b\rX-B: c"), seenAs: field("X-B") },
    ],
  },
  {
    name: "Chunks",
    why: "Sizes and ends that are read in more than one way (RFC 9112 section 7.1).",
    samples: [
      framed("0x3", [CHUNKED], "0x3\r\nabc\r\n0\r\n\r\n"),
      framed("longer than its size", [CHUNKED], "3\r\nabcd\r\n0\r\n\r\n"),
      framed("above 2^64", [CHUNKED], "10000000000000003\r\nabc\r\n0\r\n\r\n"),
    ],
  },
  {
    name: "Hosts",
    why: "Which of them is meant decides who answers (RFC 9112 section 3.2).",
    samples: [
      { name: "two", send: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", seenAs: host },
      { name: "with a user", send: "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", seenAs: host },
      { name: "with a path", send: "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", seenAs: host },
      { name: "another in the target", send: get("http://b/"), seenAs: host },
    ],
  },
  {
    name: "Paths",
    why: "What is matched must be what is forwarded.",
    samples: [
      "/items/../admin",
      "/items/%2e%2e/admin",
      "/items%2fadmin",
      "/items/..;/admin",
      "//evil/a",
      "/items\\admin",
      "/%c0%ae",
    ].map(asked),
  },
  {
    name: "Fields of one connection",
    why: "They end at every hop, those that Connection names too (RFC 9110 section 7.6.1).",
    samples: [
      { name: "named in Connection", send: get("/", "Connection: X-Hop", "X-Hop: 1"), seenAs: field("X-Hop") },
      {
        name: "Proxy-Authorization",
        send: get("/", "Proxy-Authorization: Basic x"),
        seenAs: field("Proxy-Authorization"),
      },
      { name: "TE", send: get("/", "TE: gzip"), seenAs: field("TE") },
      {
        name: "a spoofed X-Forwarded-For",
        send: get("/", "X-Forwarded-For: 6.6.6.6"),
        seenAs: (request) => (request.includes("6.6.6.6") ? "believed" : "not believed"),
      },
    ],
  },
  {
    name: "Lying upstreams",
    why: "What a proxy passes on of an answer that cannot be.",
    samples: [
      answered("two lengths", answer("200 OK", ["Content-Length: 1", "Content-Length: 2"], "ab")),
      answered("status 099", answer("099 Odd", ["Content-Length: 0"])),
      answered("an unasked 101", answer("101 Switching Protocols", ["Connection: Upgrade", "Upgrade: websocket"])),
      answered("chunks cut off", answer("200 OK", [CHUNKED], "3\r\nabc\r\n")),
      answered(
        "a trailer for HTTP/1.0",
        answer("200 OK", [CHUNKED, "Trailer: X-T"], "2\r\nok\r\n0\r\nX-T: 1\r\n\r\n"),
        "GET /a HTTP/1.0\r\nHost: a\r\n\r\n",
      ),
      answered(
        "a hint before it",
        `${answer("103 Early Hints", ["Link: </a>"])}${answer("200 OK", ["Content-Length: 2"], "ok")}`,
        ask("GET", "/a"),
      ),
    ],
  },
];
