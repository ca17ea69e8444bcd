import { describe, expect, test } from "@jest/globals";
import { parseOrdinaryRequest } from "../../src/wire/request.ts";

const parse = (text: string) => parseOrdinaryRequest(text, {});

describe("an ordinary request", () => {
  test("is read as node:http reads it: values without the blanks around them, names in small letters", () => {
    expect(
      parse("GET /a?b=c HTTP/1.1\r\nHost: shop\r\nX-Own:\t one  two \r\nX-Empty:\r\nX-Old: caf\xe9\r\n\r\n"),
    ).toEqual({
      method: "GET",
      url: "/a?b=c",
      httpVersionMinor: 1,
      rawHeaders: ["host", "shop", "x-own", "one  two", "x-empty", "", "x-old", "caf\xe9"],
      headers: { host: "shop", "x-own": "one  two", "x-empty": "", "x-old": "caf\xe9" },
      socket: {},
    });
  });

  test.each([
    ["another method", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["another version", "GET / HTTP/1.0\r\nHost: a\r\n\r\n"],
    ["two blanks in its line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a tab in its line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target that is not ASCII", "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["an empty line before it", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["no field at all", "GET / HTTP/1.1\r\n\r\n"],
    ["a line that ends with LF alone", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n"],
    ["a CR within a value", "GET / HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n"],
    ["a NUL within a value", "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n"],
    ["a folded line", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"],
    ["a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"],
    ["a field without a name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"],
    ["a field twice, in other letters", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n"],
    ["a Content-Length, even of 0", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"],
    ["a Transfer-Encoding", "GET / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["an Expect", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"],
    ["an Upgrade", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"],
    ["the name of a prototype", "GET / HTTP/1.1\r\nHost: a\r\n__proto__: 1\r\n\r\n"],
    ["another request behind it", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["more fields than 64", `GET / HTTP/1.1\r\n${Array.from({ length: 65 }, (_, n) => `X-${n}: 1\r\n`).join("")}\r\n`],
  ])("has not %s: that is left to node:http and the guard", (_what, text) => {
    expect(parse(text)).toBeUndefined();
  });
});
