import { connect } from "node:net";

export type RawAnswer = {
  status: number;
  /** The header as sent. */
  head: string;
  headers: Map<string, string[]>;
  body: string;
  /** How the connection ended. */
  end: "closed" | "reset" | "left open";
  everything: string;
};

/** Sends bytes as they are and reads until the connection ends, or until nothing has come for `quietMs`. */
export async function sendRaw(url: string, bytes: string, quietMs = 300): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = "";
  const end = await new Promise<RawAnswer["end"]>((resolve) => {
    socket.setTimeout(quietMs, () => resolve("left open"));
    socket.on("data", (chunk) => (received += chunk.toString("latin1")));
    socket.on("error", () => resolve("reset"));
    socket.on("close", () => resolve("closed"));
    socket.write(bytes, "latin1");
  });
  socket.destroy();
  return { ...parse(received), end, everything: received };
}

// --- internal ---

function parse(received: string): Pick<RawAnswer, "status" | "head" | "headers" | "body"> {
  const split = received.indexOf("\r\n\r\n");
  const head = split === -1 ? received : received.slice(0, split);
  const headers = new Map<string, string[]>();
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const status = Number(/^HTTP\/1\.[01] (\d+)/.exec(head)?.[1] ?? 0);
  return { status, head, headers, body: split === -1 ? "" : received.slice(split + 4) };
}
