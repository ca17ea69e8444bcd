import { answer, get, type Case } from "../case.ts";

const refused = (name: string, lines: string, rule: string, status = 400): Case => ({
  name,
  rule,
  send: `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`,
  expect: status,
  upstream: "nothing",
  connection: "closed",
});

const arrives = (
  name: string,
  rule: string,
  fields: readonly string[],
  seen: Omit<Case["upstream"] & object, "requests">,
): Case => ({
  name,
  rule,
  send: get("/", ...fields),
  expect: 200,
  upstream: { requests: 1, ...seen },
  connection: "reused",
});

const ends = (field: string, rule = "RFC 9110 7.6.1"): Case =>
  arrives(`the request's ${field} ends here`, rule, [field, "X-End: 1"], {
    sees: /^x-end: 1\r$/im,
    misses: new RegExp(`^${field.split(":")[0] ?? ""}:`, "im"),
  });

const stays = (field: string, rule = "RFC 9110 7.6.1"): Case => ({
  name: `the answer's ${field} ends here`,
  rule,
  send: get("/"),
  answer: { bytes: answer("200 OK", [field, "X-End: 1", "Content-Length: 2"], "ok") },
  expect: 200,
  body: "ok",
  shows: /^X-End: 1\r$/m,
  hides: new RegExp(`^${field.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\r$`, "im"),
  connection: "reused",
});

/** RFC 9110 sections 5 and 7.6, RFC 9112 section 5: field lines, and which of them end at this hop. */
export const FIELDS: readonly Case[] = [
  refused("a folded field", "A: b\r\n c\r\n", "RFC 9112 5.2"),
  refused("a field folded with a tab", "A: b\r\n\tc\r\n", "RFC 9112 5.2"),
  refused("a blank before the first field", " A: b\r\n", "RFC 9112 2.2"),
  refused("a blank before the colon", "A : b\r\n", "RFC 9112 5.1"),
  refused("a tab before the colon", "A\t: b\r\n", "RFC 9112 5.1"),
  refused("a field without a colon", "Abc\r\n", "RFC 9112 5"),
  refused("a nameless field", ": b\r\n", "RFC 9110 5.1"),
  refused("a delimiter in a name", "A(b: c\r\n", "RFC 9110 5.1"),
  refused("an octet above ASCII in a name", "\xe4: c\r\n", "RFC 9110 5.1"),
  refused("a NUL in a name", "A\0: c\r\n", "RFC 9110 5.1"),
  refused("a NUL in a value", "A: b\0c\r\n", "RFC 9110 5.5"),
  refused("a lone CR in a value", "A: b\rc\r\n", "RFC 9110 5.5"),
  refused("a bare line feed behind a value", "A: b\nC: d\r\n", "RFC 9112 2.2"),
  refused("a control character in a value", "A: b\x01c\r\n", "RFC 9110 5.5"),
  refused("DEL in a value", "A: b\x7fc\r\n", "RFC 9110 5.5"),
  refused("a header above 16 KiB", `A: ${"a".repeat(16_400)}\r\n`, "RFC 6585 5", 431),
  refused("a header of 20 KiB in many fields", `A: ${"a".repeat(500)}\r\n`.repeat(41), "RFC 6585 5", 431),
  refused("more than 100 fields", "A: b\r\n".repeat(101), "RFC 6585 5", 431),
  arrives(
    "100 fields",
    "RFC 6585 5",
    Array.from({ length: 99 }, (_, index) => `A${index}: b`),
    { sees: /^a98: b\r$/im },
  ),
  arrives("an empty value", "RFC 9110 5.5", ["X-A:"], { sees: /^x-a: ?\r$/im }),
  arrives("blanks around a value are no part of it", "RFC 9112 5.1", ["X-A: \t b c \t"], { sees: /^x-a: b c\r$/im }),
  arrives("a tab within a value", "RFC 9110 5.5", ["X-A: b\tc"], { sees: /^x-a: b\tc\r$/im }),
  arrives("octets above ASCII in a value stay the same octets", "RFC 9110 5.5", ["X-A: \xe4\xff"], {
    sees: /^x-a: \xe4\xff\r$/im,
  }),
  arrives("a field twice stays twice", "H11", ["X-A: 1", "X-B: 2", "X-A: 3"], {
    sees: /^x-a: 1\r\n(?:.*\r\n)*x-a: 3\r$/im,
  }),
  arrives("two Cookie fields become one", "RFC 6265 5.4", ["Cookie: a=1", "Cookie: b=2"], {
    sees: /^cookie: a=1; b=2\r$/im,
  }),
  arrives("a name with an underscore", "RFC 9110 5.1", ["X_A: 1"], { sees: /^x_a: 1\r$/im }),
  arrives(
    "a field with the name of what every object has",
    "a trap of JavaScript",
    ["constructor: 1", "__proto__: 2", "X-A: 1"],
    {
      sees: [/^constructor: 1\r$/im, /^x-a: 1\r$/im],
      misses: /object|function|^[0-9]+:/im,
    },
  ),
  ends("Keep-Alive: timeout=5"),
  ends("Proxy-Connection: keep-alive", "RFC 9112 C.2.2"),
  ends("Proxy-Authorization: Basic c2VjcmV0", "H5"),
  ends("TE: trailers"),
  ends("TE: gzip, trailers;q=0.5"),
  ends("Trailer: X-T"),
  ends("HTTP2-Settings: AAMA", "RFC 9113 3.2.1"),
  ends("Upgrade: h2c", "RFC 9110 7.8"),
  ends("X-Strangler-Shadow: 1", "the proxy's own"),
  arrives("a field named in Connection ends here", "H5", ["Connection: X-Hop, keep-alive", "X-Hop: 1"], {
    misses: /^x-hop:/im,
  }),
  arrives(
    "also in the second Connection, in capitals",
    "H5",
    ["Connection: keep-alive", "X-Hop: 1", "CONNECTION: x-HOP"],
    {
      misses: /^x-hop:/im,
    },
  ),
  arrives(
    "Connection cannot name the proxy's own fields",
    "RFC 9110 7.6.1",
    ["Connection: X-Forwarded-For, X-Request-Id, Traceparent"],
    {
      sees: [/^x-forwarded-for: 127\.0\.0\.1\r$/im, /^x-request-id: \S+\r$/im, /^traceparent: \S+\r$/im],
    },
  ),
  arrives(
    "Connection cannot take the framing away",
    "RFC 9110 7.6.1",
    ["Connection: Content-Length, Transfer-Encoding"],
    {
      misses: /^(?:transfer-encoding|content-length):/im,
    },
  ),
  ...["Authorization: Bearer x", "Accept-Encoding: gzip", 'If-None-Match: "x"', "Range: bytes=0-1", "Via: 1.1 b"].map(
    (field) => arrives(`${field} is passed on`, "RFC 9110 7.7", [field], { sees: new RegExp(`^${field}\r$`, "im") }),
  ),
  ...["X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https", "X-Real-IP: 6.6.6.6"].map(
    (field) => arrives(`nobody believes ${field}`, "H4", [field], { misses: new RegExp(field.split(": ")[1] ?? "") }),
  ),
  ...["Forwarded: for=6.6.6.6", "X-Forwarded-Port: 666", "X-Forwarded-Prefix: /evil", "X-Forwarded-Server: evil"].map(
    (field) =>
      arrives(`nobody believes ${field}`, "H4", [field], {
        misses: new RegExp(`^${field.split(":")[0] ?? ""}:`, "im"),
      }),
  ),
  ...["X_Forwarded_For: 6.6.6.6", "X-Forwarded_For: 6.6.6.6", "X_Real_IP: 6.6.6.6"].map((field) =>
    arrives(`${field} is no way around it`, "H4", [field], { misses: /6\.6\.6\.6/ }),
  ),
  arrives("the address is appended for the upstream", "H4", [], { sees: /^x-forwarded-for: 127\.0\.0\.1\r$/im }),
  stays("Keep-Alive: timeout=1"),
  stays("Proxy-Connection: close"),
  stays("Proxy-Authenticate: Basic"),
  stays("Upgrade: h2c", "RFC 9110 7.8"),
  stays("Trailer: X-T"),
  stays("TE: trailers"),
  stays("X-Served-By: somebody else", "the proxy's own"),
  stays("X-Request-Id: somebody else's", "the proxy's own"),
  {
    name: "the answer's field named in Connection ends here",
    rule: "H5",
    send: get("/"),
    answer: { bytes: answer("200 OK", ["Connection: X-Hop", "X-Hop: 1", "Content-Length: 2"], "ok") },
    expect: 200,
    body: "ok",
    hides: /^x-hop/im,
    connection: "reused",
  },
  {
    name: "the upstream's Connection: close is not the customer's",
    rule: "H6",
    send: get("/"),
    answer: { bytes: answer("200 OK", ["Connection: close", "Content-Length: 2"], "ok"), then: "close" },
    expect: 200,
    body: "ok",
    connection: "reused",
  },
  {
    name: "case, order and number of the answer's fields stay",
    rule: "H11",
    send: get("/"),
    answer: {
      bytes: answer("200 Fine", [
        "X-B: 1",
        'ETag: "x"',
        "Set-Cookie: a=1",
        'etag: "y"',
        "set-cookie: b",
        "Content-Length: 0",
      ]),
    },
    expect: 200,
    shows: /^HTTP\/1\.1 200 Fine\r\nX-B: 1\r\nETag: "x"\r\nSet-Cookie: a=1\r\netag: "y"\r\nset-cookie: b\r\n/,
    connection: "reused",
  },
  {
    name: "octets above ASCII in an answer's field stay the same octets",
    rule: "RFC 9110 5.5",
    send: get("/"),
    answer: { bytes: answer("200 OK", ["X-A: \xe4\xff", "Content-Length: 0"]) },
    expect: 200,
    shows: /^X-A: \xe4\xff\r$/m,
    connection: "reused",
  },
  {
    name: "an answer without a reason",
    rule: "RFC 9112 4",
    send: get("/"),
    answer: { bytes: "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok" },
    expect: 200,
    body: "ok",
    connection: "reused",
  },
];
