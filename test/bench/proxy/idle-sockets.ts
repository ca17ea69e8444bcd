import { connect, type Socket } from "node:net";
import { residentKiBOf, rounded } from "./processes.ts";

const SOCKETS = 5_000;
const AT_ONCE = 50;

/** KiB of resident memory that one idle WebSocket costs, from 5,000 of them. */
export async function measureIdleSockets(url: string, pid: number): Promise<number> {
  const { hostname, port, host } = new URL(url);
  const handshake = [
    "GET /socket HTTP/1.1",
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
    "",
  ].join("\r\n");
  const sockets: Socket[] = [];
  const open = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(handshake));
      sockets.push(socket);
      socket.once("error", reject);
      socket.once("data", (piece) => {
        if (piece.toString().startsWith("HTTP/1.1 101")) resolve();
        else reject(new Error(`no upgrade: ${piece.toString().slice(0, 60)}`));
      });
    });
  try {
    // The first hundred pay for what is needed once.
    for (let index = 0; index < 100; index += 1) await open();
    const before = await residentKiBOf(pid);
    for (let index = 0; index < SOCKETS; index += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, open));
    return rounded(((await residentKiBOf(pid)) - before) / SOCKETS, 1);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
