import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** The wire between a service and its database, which a test may cut or let go silent. */
export type DatabaseLine = {
  /** The database's address at this end of the wire. */
  url: string;
  /** Ends every connection and refuses new ones, as a server does that is down. */
  cut: () => Promise<void>;
  /** Takes connections and never answers, as a machine does that hangs. */
  silence: () => Promise<void>;
  mend: () => Promise<void>;
};

export async function layDatabaseLine(databaseUrl: string): Promise<DatabaseLine> {
  const database = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let silent = false;

  const server = createServer((near) => {
    keep(near);
    if (silent) return;
    const far = connect(Number(database.port), database.hostname);
    keep(far);
    near.pipe(far).pipe(near);
  });
  function keep(socket: Socket): void {
    sockets.add(socket);
    // Cut wires are the purpose.
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  }
  async function cut(): Promise<void> {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  }
  async function open(port: number): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }

  await open(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    cut,
    silence: async () => {
      await cut();
      silent = true;
      await open(port);
    },
    mend: async () => {
      await cut();
      silent = false;
      await open(port);
    },
  };
}
