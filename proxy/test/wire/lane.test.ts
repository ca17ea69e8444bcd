import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { startRawUpstream, startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";

const ORDINARY = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe("a connection that begins in the lane", () => {
  test("goes over to node:http at its first request with a body, and everything is answered in order", () =>
    withConnection(async ({ send, received }, upstream) => {
      send(ORDINARY("/first"));
      await waitFor("the first answer", () => received().includes('"/first"'));
      send("POST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
      await waitFor("the second answer", () => received().includes('"/second"'));
      send(ORDINARY("/third"));
      await waitFor("the third answer", () => received().includes('"/third"'));

      expect(upstream.requests.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
        "GET /first ",
        "POST /second hi",
        "GET /third ",
      ]);
    }));

  test("answers pipelined requests one after the other, wherever the bytes are cut", () =>
    withConnection(async ({ send, received }) => {
      const all = Array.from({ length: 20 }, (_, index) => ORDINARY(`/${index}`)).join("");
      send(all.slice(0, 61));
      send(all.slice(61, 400));
      send(all.slice(400));

      await waitFor("all answers", () => received().includes('"/19"'));
      const answered = [...received().matchAll(/"url":"\/(\d+)"/g)].map(([, number]) => Number(number));
      expect(answered).toEqual(Array.from({ length: 20 }, (_, index) => index));
    }));

  test("passes a slow customer's answer on at her pace, and holds the upstream back meanwhile", async () => {
    const MEGABYTES = 64;
    let sent = 0;
    const upstream = await startUpstream("monolith", (_request, response) => {
      const more = () => {
        while (sent < MEGABYTES) {
          sent += 1;
          if (!response.write(Buffer.alloc(1_048_576, sent))) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    await withLane(upstream, async (proxy) => {
      const socket = await open(proxy);
      let bytes = 0;
      socket.pause();
      socket.write(ORDINARY("/large"));
      await waitFor(
        "the upstream to be held back",
        stands(() => sent),
      );
      expect(sent).toBeLessThan(MEGABYTES);

      socket.on("data", (piece: Buffer) => (bytes += piece.length));
      socket.resume();
      await waitFor("everything", () => bytes > MEGABYTES * 1_048_576);
      socket.destroy();
    });
  });

  test("is not given another customer's answer: bytes that nobody asked for end the upstream's connection", async () => {
    let connections = 0;
    const upstream = await startRawUpstream((socket) => {
      connections += 1;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    });
    await withLane(upstream, async (proxy) => {
      for (let request = 1; request <= 3; request += 1) {
        expect(await (await fetch(`${proxy.url}/items/1`)).text()).toBe("ok");
        expect(connections).toBe(request);
      }
    });
  });

  test("is not given one that comes a moment behind another: a connection rests before it is used again", async () => {
    const upstream = await startRawUpstream((socket, request) => {
      const name = /GET (\S+)/.exec(request)?.[1] ?? "";
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`);
      // In a packet of its own, after the first one has been read.
      setImmediate(() => setImmediate(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")));
    });
    await withLane(upstream, async (proxy) => {
      const askOften = async (customer: number) => {
        const wrong: string[] = [];
        for (let request = 0; request < 50; request += 1) {
          const path = `/items/${customer}-${request}`;
          const body = await (await fetch(`${proxy.url}${path}`)).text();
          if (body !== path) wrong.push(body);
        }
        return wrong;
      };

      const wrong = await Promise.all(Array.from({ length: 20 }, (_, customer) => askOften(customer)));
      expect(wrong.flat()).toEqual([]);
    });
  });
});

// --- internal ---

/** A proxy before an upstream that is closed afterwards, whatever happens. */
async function withLane(
  upstream: Pick<Upstream, "url" | "close">,
  use: (proxy: TestProxy) => Promise<void>,
): Promise<void> {
  try {
    await withProxy({ engine: "wire", routes: routesText(upstream.url, upstream.url) }, use);
  } finally {
    await upstream.close();
  }
}

type Connection = { send: (bytes: string) => void; received: () => string };

async function withConnection(use: (connection: Connection, upstream: Upstream) => Promise<void>): Promise<void> {
  const upstream = await startUpstream("monolith");
  await withLane(upstream, async (proxy) => {
    const socket = await open(proxy);
    let received = "";
    socket.on("data", (piece: Buffer) => (received += piece.toString("latin1")));
    await use({ send: (bytes) => void socket.write(bytes, "latin1"), received: () => received }, upstream);
    socket.destroy();
  });
}

async function open(proxy: TestProxy): Promise<Socket> {
  const socket = connect({ port: Number(new URL(proxy.url).port), host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Whether a number has been the same at several looks in a row. */
function stands(value: () => number): () => boolean {
  let last = -1;
  let looks = 0;
  return () => {
    looks = value() === last ? looks + 1 : 0;
    last = value();
    return looks >= 10;
  };
}
