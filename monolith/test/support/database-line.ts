import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export type DatabaseLine = {
  /** The database's address through the line. */
  url: string;
  /** Ends every connection and takes no new one, as a server that has died. */
  cut: () => Promise<void>;
  mend: () => Promise<void>;
};

/** A line to a database that can be cut, on a port that stays the same. */
export async function layDatabaseLine(databaseUrl: string): Promise<DatabaseLine> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      // An end that resets is an end.
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => void (await listen(port)),
  };
}
