// One instance of a service, as a process that can be killed: listens on the port given, answers with its process id.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const port = Number(process.argv[2]);

const server = createServer((request, response) => {
  void pause(2).then(() => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ port, pid: process.pid, url: request.url }));
  });
});
server.listen(port, "127.0.0.1", () => process.stdout.write(`listening on ${port}\n`));
