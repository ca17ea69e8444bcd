// A server that gives the same small answer to everything, as cheaply as it can: what is measured is what stands before it.
// Arguments: the name to answer. Prints its port.
import { createServer, type AddressInfo } from "node:net";

const name = process.argv[2] ?? "upstream";
const body = JSON.stringify({ name, items: Array.from({ length: 8 }, (_, id) => ({ id, title: `thing ${id}` })) });
const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const heads = (rest + chunk.toString("latin1")).split("\r\n\r\n");
    rest = heads.pop() ?? "";
    if (heads.length > 0) socket.write(answer.repeat(heads.length));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
