/**
 * Follows the bytes that go to a customer after an upgrade, far enough to know where one WebSocket frame ends and the next begins:
 * the answer's head, and of every frame its header (RFC 6455 section 5.2). Only there may a frame of the proxy's own be put in; a
 * control frame may stand between the frames of a message in parts (section 5.4).
 */
export type FrameBoundary = {
  /** Takes the next bytes. Answers the offset in them of the first boundary, their length included; -1 where there is none. */
  feed: (chunk: Uint8Array) => number;
  /** Whether the last byte taken ended a frame, or the head. */
  atBoundary: () => boolean;
};

export function followFrames(): FrameBoundary {
  // How much of CR LF CR LF has been seen; 4 is behind the head.
  let headEnd = 0;
  let header: number[] = [];
  // Of the present frame, behind its header.
  let payloadLeft = 0;

  /** One step: as much as belongs together. Answers the new offset. */
  function step(chunk: Uint8Array, offset: number): number {
    if (headEnd < 4) {
      headEnd = nextHeadEnd(headEnd, chunk[offset] ?? 0);
      return offset + 1;
    }
    if (payloadLeft > 0) {
      const taken = Math.min(payloadLeft, chunk.length - offset);
      payloadLeft -= taken;
      return offset + taken;
    }
    header.push(chunk[offset] ?? 0);
    const length = payloadLength(header);
    if (length !== undefined) {
      payloadLeft = length;
      header = [];
    }
    return offset + 1;
  }

  const atBoundary = () => headEnd === 4 && payloadLeft === 0 && header.length === 0;
  return {
    feed: (chunk) => {
      let first = -1;
      for (let offset = 0; offset < chunk.length;) {
        offset = step(chunk, offset);
        if (first === -1 && atBoundary()) first = offset;
      }
      return first;
    },
    atBoundary,
  };
}

/** A frame that closes a connection with this code, as a server sends it: RFC 6455 sections 5.5.1 and 7.4. */
export function closeFrame(code: number): Uint8Array {
  return Uint8Array.of(0x88, 2, code >> 8, code & 0xff);
}

// --- internal ---

const HEAD_END = [13, 10, 13, 10];

function nextHeadEnd(seen: number, byte: number): number {
  if (byte === HEAD_END[seen]) return seen + 1;
  return byte === 13 ? 1 : 0;
}

/** The bytes behind a header, its mask not among them; undefined while it is not complete. */
function payloadLength(header: readonly number[]): number | undefined {
  const [, second = 0] = header;
  if (header.length < 2) return undefined;
  const short = second & 0x7f;
  const extra = short === 127 ? 8 : short === 126 ? 2 : 0;
  // A server's frames have no mask. One that masks them all the same is followed rightly.
  const mask = (second & 0x80) === 0 ? 0 : 4;
  if (header.length < 2 + extra + mask) return undefined;
  if (extra === 0) return short;
  return header.slice(2, 2 + extra).reduce((length, byte) => length * 256 + byte, 0);
}
