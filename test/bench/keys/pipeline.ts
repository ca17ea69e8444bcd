import { once } from "node:events";
import { connect } from "node:net";

/** Requests that are on their way at once: enough to keep the other end busy. */
const IN_FLIGHT = 512;

/**
 * Sends requests over one connection, one behind the other without waiting, and hands out the body of every answer in order.
 * Every answer must have a Content-Length.
 */
export async function askMany(
  port: number,
  count: number,
  requestOf: (number: number) => string,
  onBody: (number: number, body: string) => void,
): Promise<void> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
  await once(socket, "connect");
  let sent = 0;
  let answered = 0;
  let rest = "";

  function send(): void {
    let text = "";
    for (; sent < count && sent - answered < IN_FLIGHT; sent += 1) text += requestOf(sent);
    if (text !== "") socket.write(text);
  }

  function read(chunk: string): void {
    const text = rest + chunk;
    let at = 0;
    for (;;) {
      const head = text.indexOf("\r\n\r\n", at);
      if (head === -1) break;
      const from = head + 4;
      const length = lengthIn(text.slice(at, from));
      if (text.length < from + length) break;
      onBody(answered, text.slice(from, from + length));
      answered += 1;
      at = from + length;
    }
    rest = text.slice(at);
  }

  try {
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error(`the connection ended after ${answered} of ${count} answers`)));
      socket.on("data", (chunk: string) => {
        read(chunk);
        if (answered === count) resolve();
        else if (sent - answered < IN_FLIGHT / 2) send();
      });
      send();
    });
  } finally {
    socket.removeAllListeners("close").destroy();
  }
}

// --- internal ---

function lengthIn(head: string): number {
  const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
  return Number(length);
}
