import { describe, expect, test } from "@jest/globals";
import { ChunkedReader } from "../../src/wire/chunked.ts";

/** Feeds the octets in pieces of `size`, and tells what became of them. */
function read(text: string, size = text.length) {
  const reader = new ChunkedReader();
  const body: string[] = [];
  const bytes = Buffer.from(text, "latin1");
  let progress: ReturnType<ChunkedReader["feed"]> = { state: "more" };
  let fed = 0;
  while (fed < bytes.length && progress.state === "more") {
    progress = reader.feed(bytes.subarray(fed, fed + size), (data) => body.push(data.toString("latin1")));
    fed += size;
  }
  const rest = progress.state === "complete" ? progress.rest.toString("latin1") + text.slice(fed) : "";
  return { state: progress.state, body: body.join(""), trailers: reader.trailers, rest };
}

describe("a chunked body", () => {
  const whole = 'A;name="v"\r\n0123456789\r\n3 \r\nabc\r\n0\r\nX-Sum: 7\r\nX-Empty:\r\n\r\nnext';

  test.each([1, 2, 3, 5, 7, 64])("comes out the same in pieces of %i octets", (size) => {
    expect(read(whole, size)).toEqual({
      state: "complete",
      body: "0123456789abc",
      trailers: ["X-Sum", "7", "X-Empty", ""],
      rest: "next",
    });
  });

  test("that stops early is never complete", () => {
    const all = "3\r\nabc\r\n0\r\n\r\n";
    for (let length = 0; length < all.length; length += 1) expect(read(all.slice(0, length)).state).toBe("more");
  });

  test.each([
    ["a size that is none", "x\r\nabc\r\n0\r\n\r\n"],
    ["a size with a sign", "+3\r\nabc\r\n0\r\n\r\n"],
    ["a size with a prefix", "0x3\r\nabc\r\n0\r\n\r\n"],
    ["an empty size", "\r\nabc\r\n"],
    ["a size beyond all bounds", "fffffffffffffff\r\n"],
    ["a size line that ends with LF alone", "3\nabc\r\n0\r\n\r\n"],
    ["a chunk longer than its size", "3\r\nabcd\r\n0\r\n\r\n"],
    ["a chunk that ends with LF alone", "3\r\nabc\n0\r\n\r\n"],
    ["an endless line", `3;${"x".repeat(5_000)}`],
    ["a trailer that is none", "0\r\nno colon\r\n\r\n"],
    ["a folded trailer", "0\r\nX: 1\r\n 2\r\n\r\n"],
    ["endless trailers", `0\r\n${"X-Trailer: 0123456789\r\n".repeat(1_000)}\r\n`],
  ])("with %s is broken", (_what, text) => {
    expect(read(text).state).toBe("broken");
    expect(read(text, 1).state).toBe("broken");
  });
});
