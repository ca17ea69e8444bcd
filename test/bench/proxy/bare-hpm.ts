// The yardstick: http-proxy-middleware on a bare node:http server, as its README has it. Arguments: the target. Prints its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createProxyMiddleware } from "http-proxy-middleware";

const forward = createProxyMiddleware({ target: process.argv[2] ?? "" });
const server = createServer((request, response) => {
  void forward(request, response);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
