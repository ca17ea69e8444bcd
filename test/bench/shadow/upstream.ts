// An upstream for the shadow bench. Arguments: what it does with a request. Prints its port.
import { createServer, type AddressInfo, type Socket } from "node:net";

const items = Array.from({ length: 200 }, (_, id) => ({ id, title: `thing ${id}`, price: 12.5, tags: ["a", "b"] }));
const body = JSON.stringify({ items });
const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const flood = Buffer.alloc(65_536, "x");

const MODES: Record<string, (socket: Socket) => void> = {
  answers: (socket) => socket.write(answer),
  hangs: () => undefined,
  resets: (socket) => socket.resetAndDestroy(),
  floods: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
    const pump = () => {
      while (!socket.destroyed && socket.write(flood));
    };
    socket.on("drain", pump);
    pump();
  },
};

const behave = MODES[process.argv[2] ?? "answers"] ?? (() => undefined);
const server = createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const heads = (rest + chunk.toString("latin1")).split("\r\n\r\n");
    rest = heads.pop() ?? "";
    for (let request = 0; request < heads.length && !socket.destroyed; request += 1) behave(socket);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
