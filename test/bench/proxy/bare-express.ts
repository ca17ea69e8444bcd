// The yardstick: express with http-proxy-middleware, as its README has it. Arguments: the target. Prints its port.
import type { AddressInfo } from "node:net";
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";

const app = express();
app.use(createProxyMiddleware({ target: process.argv[2] ?? "" }));
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
