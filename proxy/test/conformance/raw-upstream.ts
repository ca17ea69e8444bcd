import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Lie } from "./case.ts";
import { readChunks } from "./read-answers.ts";

export type RawUpstream = {
  url: string;
  /** What every request but a marker is answered with from now on; undefined: truthfully. */
  lie: Lie | undefined;
  /** Every request but the markers since the last `forget`, as sent: head, empty line, body with its framing. */
  seen: string[];
  forget: () => void;
  close: () => Promise<void>;
};

const MARKER = /^x-marker: *(\S+)$/im;

/** An upstream that keeps every byte it gets, and answers a request with whatever bytes it is told to. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  const upstream: RawUpstream = {
    url: "",
    lie: undefined,
    seen: [],
    forget: () => void (upstream.seen = []),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };

  function serve(socket: Socket): void {
    let received = "";
    let answered = false;
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      for (;;) {
        const split = received.indexOf("\r\n\r\n");
        if (split === -1) return;
        const head = received.slice(0, split);
        const marker = MARKER.exec(head)?.[1];
        if (marker === undefined && upstream.lie?.at === "header" && !answered) {
          answered = true;
          upstream.seen.push(head);
          void tell(socket, upstream.lie);
        }
        const end = endOfRequest(received, split + 4, head);
        if (end === undefined) return;
        const request = received.slice(0, end);
        received = received.slice(end);
        if (marker === undefined && !answered) upstream.seen.push(request);
        else if (answered) upstream.seen[upstream.seen.length - 1] = request;
        if (marker !== undefined) socket.write(truth(`marker ${marker}`, head));
        else if (!answered)
          void tell(socket, upstream.lie ?? { bytes: truth(request.split("\r\n", 1)[0] ?? "", head) });
        answered = false;
      }
    });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return upstream;
}

// --- internal ---

async function tell(socket: Socket, { bytes, then = "stay" }: Lie): Promise<void> {
  for (const piece of typeof bytes === "string" ? [bytes] : bytes) {
    await new Promise<void>((resolve) => socket.write(piece, "latin1", () => setImmediate(resolve)));
  }
  if (then === "close") socket.end();
  if (then === "reset") socket.resetAndDestroy();
}

function truth(text: string, head: string): string {
  const body = head.startsWith("HEAD ") ? "" : text;
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${body}`;
}

/** Where the request ends, if all of it is there. What it is framed by, it is framed by twice at most: that is for the cases to judge. */
function endOfRequest(received: string, at: number, head: string): number | undefined {
  if (/^transfer-encoding:/im.test(head)) {
    const chunks = readChunks(received, at);
    return chunks?.complete === true ? chunks.end : undefined;
  }
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
  return received.length >= at + length ? at + length : undefined;
}
