import { once } from "node:events";
import { connect } from "node:net";

/** Requests that are on their way at once: enough to keep the other end busy, and no more than fits into its buffer of 16 KiB. */
const IN_FLIGHT = 96;

/**
 * Sends requests one behind the other without waiting, and hands out the body of every answer in order. A connection that is ended,
 * or answers with another status than 200, is followed by another, as long as each has brought something. Every answer must have a
 * Content-Length.
 */
export async function askMany(
  port: number,
  count: number,
  requestOf: (number: number) => string,
  onBody: (number: number, body: string) => void,
): Promise<void> {
  for (let answered = 0; answered < count;) {
    const from = answered;
    answered = await askOverOne(port, from, count, requestOf, onBody);
    if (answered === from) throw new Error(`no answer behind the first ${answered} of ${count}`);
  }
}

// --- internal ---

/** Answers how many of all are answered when the connection is at its end. */
async function askOverOne(
  port: number,
  from: number,
  count: number,
  requestOf: (number: number) => string,
  onBody: (number: number, body: string) => void,
): Promise<number> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
  await once(socket, "connect");
  const takeBodies = createBodyReader();
  let sent = from;
  let answered = from;

  function send(): void {
    let text = "";
    for (; sent < count && sent - answered < IN_FLIGHT; sent += 1) text += requestOf(sent);
    if (text !== "") socket.write(text);
  }

  socket.on("data", (chunk: string) => {
    const { bodies, failed } = takeBodies(chunk);
    for (const body of bodies) onBody(answered++, body);
    if (failed || answered === count) socket.destroy();
    else if (sent - answered < IN_FLIGHT / 2) send();
  });
  socket.on("error", () => socket.destroy());
  send();
  await once(socket, "close");
  return answered;
}

function createBodyReader(): (chunk: string) => { bodies: string[]; failed: boolean } {
  let rest = "";
  return (chunk) => {
    const text = rest + chunk;
    const bodies: string[] = [];
    let at = 0;
    for (;;) {
      const end = text.indexOf("\r\n\r\n", at);
      if (end === -1) break;
      // Not a side, but that the engine would not say: it is asked again.
      if (!text.startsWith("HTTP/1.1 200 ", at)) return { bodies, failed: true };
      const from = end + 4;
      const to = from + lengthIn(text.slice(at, from));
      if (text.length < to) break;
      bodies.push(text.slice(from, to));
      at = to;
    }
    rest = text.slice(at);
    return { bodies, failed: false };
  };
}

function lengthIn(head: string): number {
  const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
  return Number(length);
}
