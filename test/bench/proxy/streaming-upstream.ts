// An upstream for what does not end at once. GET /down?bytes=N sends N zeros; POST /up counts what it gets; GET /events sends an
// event every 20 ms that holds the clock's reading; an upgrade is taken, and left silent. Prints its port.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const PIECE = Buffer.alloc(262_144);

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://upstream");
  if (pathname === "/down") sendZeros(response, Number(searchParams.get("bytes")));
  else if (pathname === "/events") sendEvents(response);
  else {
    let bytes = 0;
    request.on("data", (piece: Buffer) => (bytes += piece.length));
    request.on("end", () => response.end(JSON.stringify({ bytes })));
  }
});
server.on("upgrade", (_request, socket) => {
  socket.on("error", () => socket.destroy());
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
});
server.listen(0, "127.0.0.1", 20_000, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});

function sendZeros(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { "content-length": bytes });
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = left >= PIECE.length ? PIECE : PIECE.subarray(0, left);
      left -= piece.length;
      if (!response.write(piece)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
}

function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = () => response.write(`data: ${process.hrtime.bigint()}\n\n`);
  send();
  const timer = setInterval(send, 20);
  response.on("close", () => clearInterval(timer));
}
