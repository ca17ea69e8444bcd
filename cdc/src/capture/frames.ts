// PostgreSQL's wire protocol, read at the frame level: one byte says what a message is, four say how long it is.
//
// node-postgres' own parser makes an object and an event of every message, and moves a half-received message to the front of
// a buffer that earlier messages still point into. Here a message that lies within one chunk is handed on where it lies, and
// only one that is cut by a chunk's end is copied; no byte is ever overwritten, so whoever keeps a chunk may read it later.

/** One message: its body is `bytes` from `start` to `end`. */
export type OnFrame = (type: number, bytes: Buffer, start: number, end: number) => void;

const HEADER = 5;

/** Returns a function that takes the socket's chunks in order and calls `onFrame` for every complete message. */
export function createFrameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer[] = [];
  let restLength = 0;

  function keep(chunk: Buffer, from: number): void {
    if (from === chunk.length) return;
    rest.push(chunk.subarray(from));
    restLength += chunk.length - from;
  }

  // Completes the message that an earlier chunk began. Returns where in the chunk to go on, or -1 when more is needed.
  function completeCutFrame(chunk: Buffer): number {
    let head = rest[0] ?? chunk;
    if (head.length < HEADER) {
      head = Buffer.concat([...rest, chunk.subarray(0, HEADER)]);
      if (head.length < HEADER) {
        keep(chunk, 0);
        return -1;
      }
    }
    const total = 1 + head.readUInt32BE(1);
    const missing = total - restLength;
    if (missing > chunk.length) {
      keep(chunk, 0);
      return -1;
    }
    const whole = Buffer.concat([...rest, chunk.subarray(0, missing)], total);
    rest = [];
    restLength = 0;
    onFrame(whole[0] ?? 0, whole, HEADER, total);
    return missing;
  }

  return (chunk) => {
    let at = restLength > 0 ? completeCutFrame(chunk) : 0;
    if (at < 0) return;
    while (at + HEADER <= chunk.length) {
      const end = at + 1 + chunk.readUInt32BE(at + 1);
      if (end > chunk.length) break;
      onFrame(chunk[at] ?? 0, chunk, at + HEADER, end);
      at = end;
    }
    keep(chunk, at);
  };
}
