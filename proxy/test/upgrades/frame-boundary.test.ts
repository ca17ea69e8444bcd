import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { closeFrame, followFrames } from "../../src/upgrades/frame-boundary.ts";

const HEAD = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");

describe("the boundaries of a WebSocket's frames", () => {
  test("are found wherever the bytes are cut into pieces, and nowhere else", () => {
    fc.assert(
      fc.property(fc.array(frame(), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (frames, cuts) => {
        const bytes = Buffer.concat([HEAD, ...frames]);
        const real = new Set(frames.reduce((ends, each) => [...ends, (ends.at(-1) ?? 0) + each.length], [HEAD.length]));
        const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
          (a, b) => a - b,
        );
        const follower = followFrames();

        for (const [index, from] of places.slice(0, -1).entries()) {
          const to = places[index + 1] ?? bytes.length;
          const expected = [...real].sort((a, b) => a - b).find((end) => end > from && end <= to);
          expect(follower.feed(bytes.subarray(from, to))).toBe(expected === undefined ? -1 : expected - from);
          expect(follower.atBoundary()).toBe(real.has(to));
        }
      }),
    );
  });

  test("are found behind a head that is cut in the middle of its end", () => {
    const follower = followFrames();

    expect(follower.feed(HEAD.subarray(0, -1))).toBe(-1);
    expect(follower.feed(Buffer.from("\n"))).toBe(1);
  });
});

test("a close frame is that of RFC 6455: final, opcode 8, no mask, two bytes of code", () => {
  expect([...closeFrame(1012)]).toEqual([0x88, 2, 0x03, 0xf4]);
});

// --- internal ---

function frame(): fc.Arbitrary<Buffer> {
  const length = fc.oneof(fc.nat(125), fc.integer({ min: 126, max: 300 }), fc.integer({ min: 65_536, max: 65_600 }));
  return fc.tuple(length, fc.boolean(), fc.nat(255)).map(([bytes, masked, filling]) => {
    const mask = masked ? 0x80 : 0;
    const header =
      bytes < 126 ? [bytes | mask] : bytes < 65_536 ? [126 | mask, bytes >> 8, bytes & 0xff] : [127 | mask];
    const long = Buffer.alloc(bytes < 65_536 ? 0 : 8);
    if (long.length > 0) long.writeBigUInt64BE(BigInt(bytes));
    return Buffer.concat([
      Buffer.of(0x82, ...header),
      long,
      Buffer.alloc(masked ? 4 : 0),
      Buffer.alloc(bytes, filling),
    ]);
  });
}
