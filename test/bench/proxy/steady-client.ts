// Open loop: asks at a fixed rate whatever the answers do, and counts every delay from the moment at which the request was due.
// Arguments: host:port, path, requests a second, seconds. Prints one line of JSON: sent, answered, p50, p99 (milliseconds).
import { connect, type Socket } from "node:net";

const [address = "", path = "/", rateText = "1000", secondsText = "3"] = process.argv.slice(2);
const [host = "", port = ""] = address.split(":");
const rate = Number(rateText);
const total = Math.round(rate * Number(secondsText));
const request = `GET ${path} HTTP/1.1\r\nHost: ${address}\r\nCookie: sid=customer-7\r\nAccept: */*\r\n\r\n`;

const CONNECTIONS = 64;
const idle: Socket[] = [];
const waiting: number[] = [];
const delays: number[] = [];
const dueAt = new WeakMap<Socket, number>();
let sent = 0;

function ask(socket: Socket, due: number): void {
  dueAt.set(socket, due);
  socket.write(request, "latin1");
}

function answered(socket: Socket): void {
  delays.push(performance.now() - (dueAt.get(socket) ?? 0));
  const next = waiting.shift();
  if (next === undefined) idle.push(socket);
  else ask(socket, next);
  if (delays.length === total) report();
}

function report(): void {
  // The first tenth warms up.
  const counted = delays.slice(Math.floor(total / 10)).sort((a, b) => a - b);
  const at = (share: number) => counted[Math.min(counted.length - 1, Math.floor(share * counted.length))] ?? 0;
  process.stdout.write(`${JSON.stringify({ sent, answered: delays.length, p50: at(0.5), p99: at(0.99) })}\n`);
  process.exit(0);
}

for (let index = 0; index < CONNECTIONS; index += 1) {
  const socket = connect({ host, port: Number(port), noDelay: true });
  let length = -1;
  let got = 0;
  socket.on("data", (piece: Buffer) => {
    // Every answer is the same: the first tells how long they all are.
    if (length === -1) length = lengthOf(piece);
    got += piece.length;
    while (length > 0 && got >= length) {
      got -= length;
      answered(socket);
    }
  });
  socket.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  idle.push(socket);
}

function lengthOf(piece: Buffer): number {
  const text = piece.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  if (!text.startsWith("HTTP/1.1 200") || end === -1) throw new Error(`an unexpected answer: ${text.slice(0, 80)}`);
  return end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
}

const startedAt = performance.now() + 200;
function tick(): void {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
  for (; sent < due; sent += 1) {
    const moment = startedAt + (sent / rate) * 1000;
    const socket = idle.pop();
    if (socket === undefined) waiting.push(moment);
    else ask(socket, moment);
  }
  if (sent < total) setImmediate(tick);
}
tick();
