// A service that keeps a ledger: every unsafe request it has executed is in the file before it is answered, whatever happens to the
// process afterwards. Arguments: its name, its port (0: any), the ledger's path. Prints its port.
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const [name = "service", port = "0", ledgerPath = ""] = process.argv.slice(2);
const ledger = openSync(ledgerPath, "a");

const server = createServer((request, response) => {
  const id = request.headers["x-id"];
  if (request.method === "POST") writeSync(ledger, `${String(id)} ${name}\n`);
  request.resume();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ name, id }));
});
server.listen(Number(port), "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
