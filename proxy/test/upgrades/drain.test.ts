import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { WebSocket } from "undici";
import { changeStages } from "../../src/index.ts";
import { startRawUpstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";

type Talker = Awaited<ReturnType<typeof startTalker>>;

let monolith: Talker;
let stock: Talker;

beforeAll(async () => {
  monolith = await startTalker("monolith");
  stock = await startTalker("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("a WebSocket, after its route was flipped", () => {
  test("stays where it is pinned, for good", () =>
    withProxy({ routes: routes("stage: monolith") }, async (proxy) => {
      const pinned = await connect(proxy);
      await flip(proxy, "service");
      const later = await connect(proxy);

      expect(pinned.heard).toEqual(["hello from monolith"]);
      expect(later.heard).toEqual(["hello from stock"]);
      pinned.socket.send("still there?");
      await waitFor("the echo", () => pinned.heard.includes("still there?"));
    }));

  test("of a route with a deadline is closed then: politely, at the end of a frame", () =>
    withProxy({ routes: routes("stage: monolith\ndrainMs: 100") }, async (proxy) => {
      const left = await connect(proxy);
      await flip(proxy, "service");
      const right = await connect(proxy);

      await waitFor("the close", () => left.closed);

      expect(left.closed).toMatchObject({ code: 1012, wasClean: true });
      expect(right.closed).toBeUndefined();
    }));

  test("in the middle of a frame is closed at its end, not in it", () =>
    withProxy({ routes: routes("stage: monolith\ndrainMs: 50") }, async (proxy) => {
      const left = await connect(proxy);
      left.socket.send("slowly");
      await flip(proxy, "service");

      await waitFor("the close", () => left.closed);

      expect(left.closed).toMatchObject({ code: 1012 });
      expect(left.heard.at(-1)).toBe("in two parts");
    }));

  test("is left alone when its route comes back in time", () =>
    withProxy({ routes: routes("stage: monolith\ndrainMs: 400", OTHER) }, async (proxy) => {
      const spared = await connect(proxy);
      const witness = await connect(proxy, "/others/live");
      await changeStages(proxy.routesFile, { selectors: ["items", "others"], stage: "service", force: true });
      await waitUntilServedBy(proxy, "stock");
      await flip(proxy, "monolith");

      // Its deadline is the same; when it has passed for this one, it has passed for the other.
      await waitFor("the deadline", () => witness.closed);

      expect(spared.closed).toBeUndefined();
    }));

  test("is drained at once by whoever asks for it; the others of the route stay", () =>
    withProxy({ routes: routes("stage: monolith\ndrainMs: 60000"), adminToken: TOKEN }, async (proxy) => {
      const left = await connect(proxy);
      await flip(proxy, "service");
      const right = await connect(proxy);

      const answer = await fetch(`${proxy.adminUrl}/routes/items/drain`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}` },
      });

      expect([answer.status, await answer.json()]).toEqual([202, { closing: 1 }]);
      await waitFor("the close", () => left.closed);
      expect(right.closed).toBeUndefined();
    }));
});

// --- internal ---

const TOKEN = "a-token-for-tests-only";

const OTHER = `  - id: others
    match: { path: /others/* }
    service: stock
    stage: monolith
    drainMs: 400`;

function routes(stage: string, extra = ""): string {
  return routesText(monolith.url, stock.url, stage, extra);
}

async function flip(proxy: TestProxy, stage: "monolith" | "service"): Promise<void> {
  await changeStages(proxy.routesFile, { selectors: ["items"], stage, force: true });
  await waitUntilServedBy(proxy, stage === "service" ? "stock" : "monolith");
}

async function waitUntilServedBy(proxy: TestProxy, name: string): Promise<void> {
  await waitFor("the flip", async () => {
    const socket = await connect(proxy);
    socket.socket.close();
    return socket.heard[0] === `hello from ${name}`;
  });
}

type Connected = { socket: WebSocket; heard: string[]; closed: { code: number; wasClean: boolean } | undefined };

async function connect(proxy: TestProxy, path = "/items/live"): Promise<Connected> {
  const socket = new WebSocket(`${proxy.url.replace("http", "ws")}${path}`);
  const connected: Connected = { socket, heard: [], closed: undefined };
  socket.addEventListener("message", ({ data }) => void connected.heard.push(String(data)));
  socket.addEventListener("close", ({ code, wasClean }) => (connected.closed = { code, wasClean }));
  await waitFor("the greeting", () => connected.heard.length > 0);
  return connected;
}

/** An upstream that speaks WebSocket: it greets, says again what it hears, and answers a close with a close. */
function startTalker(name: string) {
  return startRawUpstream((socket, request) => {
    const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? "";
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.removeAllListeners("data");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write(textFrame(`hello from ${name}`));
    socket.on("data", (bytes) => answer(socket, bytes));
  });
}

/** What a customer sends here is one short masked frame at a time. */
function answer(socket: Socket, bytes: Buffer): void {
  const opcode = (bytes[0] ?? 0) & 0x0f;
  const length = (bytes[1] ?? 0) & 0x7f;
  const mask = bytes.subarray(2, 6);
  const payload = bytes.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  if (opcode === 8) {
    socket.end(Buffer.concat([Buffer.of(0x88, length), payload]));
  } else if (Buffer.from(payload).toString() === "slowly") {
    const frame = textFrame("in two parts");
    socket.write(frame.subarray(0, 5));
    setTimeout(() => socket.write(Buffer.concat([frame.subarray(5), textFrame("too late")])), 400);
  } else {
    socket.write(textFrame(Buffer.from(payload).toString()));
  }
}

function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.of(0x81, payload.length), payload]);
}
