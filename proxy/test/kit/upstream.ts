import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";

export type Upstream = {
  url: string;
  port: number;
  server: Server;
  /** Every request so far. */
  requests: Seen[];
  /** Connections accepted so far. */
  connections: () => number;
  close: () => Promise<void>;
};

export type Seen = {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  rawHeaders: string[];
  body: string;
};

/** A real HTTP server that remembers what it was asked. Without a listener it answers its name as JSON. */
export async function startUpstream(name: string, listener?: RequestListener): Promise<Upstream> {
  const requests: Seen[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    const { method = "", url = "", headers, rawHeaders } = request;
    const seen: Seen = { method, url, headers, rawHeaders, body: "" };
    requests.push(seen);
    request.on("end", () => {
      seen.body = Buffer.concat(chunks).toString();
    });
    if (listener) listener(request, response);
    else {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name, url }));
    }
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An upstream that says whatever bytes it likes: `answer` gets the socket once a whole request header has come. */
export async function startRawUpstream(answer: (socket: Socket, request: string) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    let received = "";
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (!received.includes("\r\n\r\n")) return;
      const request = received;
      received = "";
      answer(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An address where nobody listens. */
export async function findClosedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
