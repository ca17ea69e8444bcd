import type { Server, Socket } from "node:net";
import type { IsTrusted } from "./trusted-proxies.ts";

/**
 * Closes connections of an address that has `most` of them open already. Nothing is said to it: an answer would cost more than the
 * connection. Trusted proxies, behind which many customers are, do not count.
 */
export function limitConnections(server: Server, most: number, isTrusted: IsTrusted): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: address } = socket;
    if (address === undefined || isTrusted(address)) return;
    const connections = open.get(address) ?? 0;
    if (connections >= most) {
      socket.destroy();
      return;
    }
    open.set(address, connections + 1);
    socket.once("close", () => leave(open, address));
  });
}

// --- internal ---

function leave(open: Map<string, number>, address: string): void {
  const connections = open.get(address) ?? 0;
  if (connections <= 1) open.delete(address);
  else open.set(address, connections - 1);
}
