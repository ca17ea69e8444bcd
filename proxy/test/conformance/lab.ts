import { connect, type Socket } from "node:net";
import { waitFor } from "@strangler/platform";
import type { Case } from "./case.ts";
import type { RawUpstream } from "./raw-upstream.ts";
import { readAnswers, type Answer } from "./read-answers.ts";

/** What has come of a case. */
export type Outcome = {
  answers: Answer[];
  received: string;
  /** Every request that the upstream got. */
  seen: readonly string[];
  connection: "reused" | "closed";
  /** What a marker request got afterwards, from the pool that the case has used. */
  marker: string;
};

const SOON = { everyMs: 2, limitMs: 5_000 };

let markers = 0;

/** Plays a case against a proxy before this upstream, and asks for a marker twice: on the same connection and on a new one. */
export async function play(proxyUrl: string, upstream: RawUpstream, { send, answer, expect }: Case): Promise<Outcome> {
  upstream.forget();
  upstream.lie = answer;
  const pieces = typeof send === "string" ? [send] : send;
  const client = openClient(proxyUrl);
  try {
    for (const piece of pieces) await client.send(piece);
    const wanted = expect === "closed" ? 0 : [expect].flat().length;
    const methods = methodsOf(pieces.join(""), wanted);
    await waitFor("the answers", () => client.ended() || isAnswered(client, methods, wanted), SOON);
    const answers = readAnswers(client.received(), methods, client.ended());
    const received = client.received();
    const connection = await ends(client, answers, wanted);
    return { answers, received, seen: [...upstream.seen], connection, marker: await askMarker(proxyUrl) };
  } finally {
    client.close();
    upstream.lie = undefined;
  }
}

/** The answer of the pool to a request that nobody tampers with: `marker N` and nothing else when all is well. */
export async function askMarker(proxyUrl: string): Promise<string> {
  const client = openClient(proxyUrl);
  try {
    return await marked(client);
  } finally {
    client.close();
  }
}

// --- internal ---

type Client = {
  send: (bytes: string) => Promise<void>;
  received: () => string;
  ended: () => boolean;
  close: () => void;
};

function openClient(proxyUrl: string): Client {
  const { hostname, port } = new URL(proxyUrl);
  const socket: Socket = connect({ port: Number(port), host: hostname, noDelay: true });
  let received = "";
  let ended = false;
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.on("error", () => (ended = true));
  socket.on("close", () => (ended = true));
  return {
    send: (bytes) => new Promise((resolve) => socket.write(bytes, "latin1", () => setImmediate(resolve))),
    received: () => received,
    ended: () => ended,
    close: () => socket.destroy(),
  };
}

function methodsOf(bytes: string, wanted: number): string[] {
  const methods = [...bytes.matchAll(/^([A-Z]+) \S+ HTTP\/1\.[01]\r$/gm)].map(([, method = ""]) => method);
  return Array.from({ length: wanted }, (_, index) => methods[index] ?? "GET");
}

function isAnswered(client: Client, methods: readonly string[], wanted: number): boolean {
  if (wanted === 0) return false;
  const answers = readAnswers(client.received(), methods, false);
  return answers.length === wanted && answers.at(-1)?.complete === true;
}

async function ends(client: Client, answers: readonly Answer[], wanted: number): Promise<Outcome["connection"]> {
  const promised = /^connection: *close$/im.test(answers.at(-1)?.head ?? "");
  if (wanted === 0 || promised || answers.at(-1)?.complete === false) {
    await waitFor("the connection to close", () => client.ended(), SOON);
    return "closed";
  }
  if (client.ended()) return "closed";
  return (await marked(client)) === `marker ${markers}` ? "reused" : "closed";
}

async function marked(client: Client): Promise<string> {
  markers += 1;
  const before = client.received().length;
  const fresh = () => readAnswers(client.received().slice(before), ["GET"], client.ended());
  await client.send(`GET /marker HTTP/1.1\r\nHost: a\r\nX-Marker: ${markers}\r\n\r\n`);
  await waitFor("the answer to a marker", () => client.ended() || fresh()[0]?.complete === true, SOON);
  return fresh()[0]?.body ?? "nothing";
}
