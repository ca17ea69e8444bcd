// The yardstick: @fastify/http-proxy, as its README has it. Arguments: the target. Prints its port.
import type { AddressInfo } from "node:net";
import proxy from "@fastify/http-proxy";
import Fastify from "fastify";

const server = Fastify();
await server.register(proxy, { upstream: process.argv[2] ?? "" });
await server.listen({ port: 0, host: "127.0.0.1" });
process.stdout.write(`${JSON.stringify({ port: (server.server.address() as AddressInfo).port })}\n`);
