// A way between two programs that can be made a bad one: a loopback proxy which cuts connections, holds back what is sent, or lets
// it through by drops.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export type Network = {
  port: number;
  /** All connections break at once, in the middle of whatever was said. */
  cut: () => void;
  /** Nothing gets through in either direction for this long; then it goes on as if nothing had been. */
  stall: (ms: number) => Promise<void>;
  /** A few bytes at a time for this long. */
  trickle: (ms: number) => Promise<void>;
  /** New connections are cut for this long, and the old ones with them. */
  refuse: (ms: number) => Promise<void>;
  close: () => Promise<void>;
};

export async function startNetwork(towards: number): Promise<Network> {
  const pairs = new Set<[Socket, Socket]>();
  let mood: "open" | "stalled" | "trickling" | "refusing" = "open";
  let changed = Promise.withResolvers<void>();

  const setMood = (next: typeof mood) => {
    mood = next;
    changed.resolve();
    changed = Promise.withResolvers();
  };

  const server = createServer((client) => {
    if (mood === "refusing") {
      client.destroy();
      return;
    }
    const upstream = connect(towards, "127.0.0.1");
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    }
    forward(client, upstream);
    forward(upstream, client);
  });

  function forward(from: Socket, to: Socket): void {
    from.on("data", (chunk: Buffer) => {
      if (mood === "open") {
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
        return;
      }
      from.pause();
      void passLater(chunk, to).then(() => from.resume());
    });
    from.on("end", () => to.end());
  }

  async function passLater(chunk: Buffer, to: Socket): Promise<void> {
    for (let at = 0; at < chunk.length && !to.destroyed;) {
      if (mood === "stalled") {
        await changed.promise;
        continue;
      }
      const size = mood === "trickling" ? 1 + Math.floor(Math.random() * DROP) : chunk.length;
      to.write(chunk.subarray(at, at + size));
      at += size;
      if (mood === "trickling") await pause(2);
    }
  }

  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  };
  const moody = (next: typeof mood) => async (ms: number) => {
    setMood(next);
    if (next === "refusing") cut();
    await pause(ms);
    setMood("open");
  };

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    stall: moody("stalled"),
    trickle: moody("trickling"),
    refuse: moody("refusing"),
    close: async () => {
      setMood("open");
      cut();
      server.close();
      await once(server, "close");
    },
  };
}

// --- internal ---

const DROP = 200;
