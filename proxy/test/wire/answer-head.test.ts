import { describe, expect, test } from "@jest/globals";
import { parseAnswerHead } from "../../src/wire/answer-head.ts";

const framing = (fields: string, { method = "GET", line = "HTTP/1.1 200 OK" } = {}) => {
  const parsed = parseAnswerHead(`${line}\r\n${fields}\r\n`, method);
  return "refused" in parsed ? parsed : parsed.framing;
};

describe("the head of an answer", () => {
  test("keeps status, reason and fields as they were sent", () => {
    expect(parseAnswerHead("HTTP/1.1 299 All  Fine\r\nX-B: 1\r\nx-b:2\r\nContent-Length: 2\r\n\r\n", "GET")).toEqual({
      head: { status: 299, statusMessage: "All  Fine", rawHeaders: ["X-B", "1", "x-b", "2", "Content-Length", "2"] },
      framing: { kind: "length", length: 2, reusable: true },
    });
  });

  test.each([
    ["a length", framing("Content-Length: 7\r\n"), { kind: "length", length: 7, reusable: true }],
    ["chunks", framing("Transfer-Encoding: Chunked\r\n"), { kind: "chunked", reusable: true }],
    ["neither", framing(""), { kind: "until close", reusable: false }],
    ["HEAD", framing("Content-Length: 7\r\n", { method: "HEAD" }), { kind: "none", reusable: true }],
    ["204", framing("", { line: "HTTP/1.1 204 No Content" }), { kind: "none", reusable: true }],
    ["304", framing("Content-Length: 7\r\n", { line: "HTTP/1.1 304" }), { kind: "none", reusable: true }],
    [
      "a close",
      framing("Content-Length: 7\r\nConnection: x, Close\r\n"),
      { kind: "length", length: 7, reusable: false },
    ],
    [
      "HTTP/1.0",
      framing("Content-Length: 7\r\n", { line: "HTTP/1.0 200 OK" }),
      { kind: "length", length: 7, reusable: false },
    ],
    [
      "HTTP/1.0 that stays",
      framing("Content-Length: 7\r\nConnection: keep-alive\r\n", { line: "HTTP/1.0 200 OK" }),
      { kind: "length", length: 7, reusable: true },
    ],
  ])("%s says where the body ends, and whether the connection goes on", (_what, found, expected) => {
    expect(found).toEqual(expected);
  });

  test.each([
    ["both framings", framing("Content-Length: 7\r\nTransfer-Encoding: chunked\r\n")],
    ["two lengths", framing("Content-Length: 7\r\nContent-Length: 7\r\n")],
    ["a list of lengths", framing("Content-Length: 7, 7\r\n")],
    ["a signed length", framing("Content-Length: +7\r\n")],
    ["a length beyond all bounds", framing(`Content-Length: ${"9".repeat(16)}\r\n`)],
    ["another coding", framing("Transfer-Encoding: gzip, chunked\r\n")],
    ["a coding twice", framing("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")],
    ["a coding in HTTP/1.0", framing("Transfer-Encoding: chunked\r\n", { line: "HTTP/1.0 200 OK" })],
    ["a folded field", framing("X: 1\r\n 2\r\n")],
    ["a blank before the colon", framing("X : 1\r\n")],
    ["a line that ends with LF alone", framing("X: 1\nY: 2\r\n")],
    ["a NUL", framing("X: \0\r\n")],
    ["a status of two digits", framing("", { line: "HTTP/1.1 20 OK" })],
    ["a status of four digits", framing("", { line: "HTTP/1.1 2000 OK" })],
    ["another protocol", framing("", { line: "HTTP/2 200 OK" })],
    ["no status line", framing("", { line: "hello" })],
  ])("%s leaves a doubt, and is refused", (_what, found) => {
    expect(found).toEqual({ refused: expect.stringMatching(/./) });
  });
});
