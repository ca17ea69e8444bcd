// The yardstick for idle connections: bytes from one socket to another, and nothing else. Arguments: host, port. Prints its port.
import { connect, createServer, type AddressInfo } from "node:net";

const [host = "", port = ""] = process.argv.slice(2);
const server = createServer((socket) => {
  const upstream = connect(Number(port), host);
  socket.pipe(upstream).pipe(socket);
  for (const each of [socket, upstream]) each.on("error", () => each.destroy());
});
server.listen(0, "127.0.0.1", 20_000, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
