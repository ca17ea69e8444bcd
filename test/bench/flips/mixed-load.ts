import { setTimeout as pause } from "node:timers/promises";
import { Pool, WebSocket } from "undici";

/** How many clients of each kind ask without end, each over connections that are kept. */
export const CLIENTS = { pages: 12, uploads: 2, events: 4, sockets: 8 };
const UPLOAD_BYTES = 262_144;

export type Load = {
  /** Requests answered, by kind. */
  answered: Record<keyof typeof CLIENTS, number>;
  /** Answers by the upstream that says it gave them. */
  sides: Map<string, number>;
  failures: string[];
  /** Numbers given out so far: request n is number n. */
  sent: () => number;
  /** Lets what is under way finish, and asks nothing more. */
  stop: () => Promise<void>;
};

/** Asks the proxy in four ways at once. Every request has a number; every answer's own word is held against `x-served-by`. */
export function startLoad(url: string): Load {
  const pool = new Pool(url, { connections: 24, pipelining: 1 });
  const answered = { pages: 0, uploads: 0, events: 0, sockets: 0 };
  const sides = new Map<string, number>();
  const failures: string[] = [];
  const upload = Buffer.alloc(UPLOAD_BYTES, "x");
  let number = 0;
  let stopped = false;

  async function ask(kind: "pages" | "uploads" | "events", path: string, expected: (name: string) => string) {
    const method = kind === "uploads" ? "POST" : "GET";
    const headers = { "x-number": String((number += 1)) };
    const {
      statusCode,
      headers: fields,
      body,
    } = await pool.request({
      ...{ path, method, headers },
      ...(kind === "uploads" && { body: upload }),
    });
    const text = await body.text();
    const name = fields["x-served-by"] === "stock" ? "service" : "monolith";
    if (statusCode !== 200 || text !== expected(name)) {
      throw new Error(`${statusCode} by ${String(fields["x-served-by"])}: ${text.slice(0, 60)}`);
    }
    answered[kind] += 1;
    sides.set(name, (sides.get(name) ?? 0) + 1);
  }

  const KINDS = {
    pages: () => ask("pages", "/items/7", (name) => name),
    uploads: () => ask("uploads", "/items/upload", (name) => `${name} ${UPLOAD_BYTES}`),
    events: () => ask("events", "/items/events", (name) => `data: ${name}\n\n`.repeat(5) + "data: end\n\n"),
    // A session of twenty words, all of which must be heard by one and the same upstream.
    sockets: () => talk(url).then(() => void (answered.sockets += 1)),
  };

  async function client(kind: keyof typeof CLIENTS): Promise<void> {
    while (!stopped) await KINDS[kind]().catch((error: unknown) => failures.push(`${kind}: ${String(error)}`));
  }

  const clients = Object.entries(CLIENTS).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => client(kind as keyof typeof CLIENTS)),
  );
  return {
    ...{ answered, sides, failures },
    sent: () => number,
    stop: async () => {
      stopped = true;
      await Promise.all(clients);
      await pool.close();
    },
  };
}

// --- internal ---

const WORDS = 20;
const WORD_EVERY_MS = 15;

async function talk(url: string): Promise<void> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/items/live`);
  const heard: string[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => socket.send("who?"));
    socket.addEventListener("error", () => reject(new Error("the WebSocket failed")));
    socket.addEventListener("close", () => reject(new Error(`closed after ${heard.length} words`)));
    socket.addEventListener("message", ({ data }) => {
      heard.push(String(data));
      if (heard.length >= WORDS) resolve();
      else void pause(WORD_EVERY_MS).then(() => socket.send("who?"));
    });
  });
  socket.close();
  if (new Set(heard).size !== 1) throw new Error(`heard by ${[...new Set(heard)].join(" and ")}`);
}
