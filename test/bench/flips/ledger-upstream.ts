// An upstream that keeps a ledger: every request carries a number, and how often each number came is told at the end. It answers small
// pages, takes uploads, sends events, and speaks WebSocket, always with its own name. Arguments: the name. Prints its port.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { textFrame } from "./text-frame.ts";

const EVENTS = 5;
const EVENT_EVERY_MS = 10;
const name = process.argv[2] ?? "upstream";
let ledger = new Uint8Array(1 << 20);

const server = createServer((request, response) => void answer(request, response));
server.on("upgrade", greet);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/ledger") {
    response.end(ledger);
    return;
  }
  enter(Number(request.headers["x-number"]));
  if (request.url === "/items/events") await sendEvents(response);
  else if (request.method === "POST") response.end(`${name} ${await countBytes(request)}`);
  else response.end(name);
}

function enter(number: number): void {
  if (!Number.isInteger(number)) return;
  if (number >= ledger.length) {
    const larger = new Uint8Array(ledger.length * 2);
    larger.set(ledger);
    ledger = larger;
  }
  ledger[number] = (ledger[number] ?? 0) + 1;
}

async function sendEvents(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  for (let event = 0; event < EVENTS; event += 1) {
    response.write(`data: ${name}\n\n`);
    await pause(EVENT_EVERY_MS);
  }
  response.end("data: end\n\n");
}

async function countBytes(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}

/** Says its name to whatever it hears: one frame for one chunk, which is how the bench sends them. */
function greet(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.on("error", () => socket.destroy());
  socket.on("data", () => socket.write(textFrame(name)));
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}
