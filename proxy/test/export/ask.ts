import { Agent, request } from "node:http";
import type { Sample } from "./samples.ts";

export type SampleAnswer = {
  status: number;
  /** Who says that it has answered: an upstream itself, not the proxy before it. */
  answeredBy: string | undefined;
  /** The path and query that the upstream got. */
  seenPath: string | undefined;
  servedBy: string | undefined;
  setCookie: string[];
};

/** Sends samples over connections that stay open, one agent for each address they come from. */
export function createAsker(url: string) {
  const agents = new Map<string, Agent>();
  const { port } = new URL(url);
  const agentFor = (from: string): Agent => {
    const agent = agents.get(from) ?? new Agent({ keepAlive: true, maxSockets: 8, localAddress: from });
    agents.set(from, agent);
    return agent;
  };
  return {
    ask: ({ method, target, headers, from }: Sample) =>
      new Promise<SampleAnswer>((resolve, reject) => {
        const host = `127.0.0.1:${port}`;
        const options = { host: "127.0.0.1", port, method, path: target, headers: { host, ...headers } };
        const sent = request({ ...options, agent: agentFor(from) }, (response) => {
          const { statusCode: status = 0, headers: fields } = response;
          response.resume();
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status,
              answeredBy: oneOf(fields["x-answered-by"]),
              seenPath: oneOf(fields["x-seen-path"]),
              servedBy: oneOf(fields["x-served-by"]),
              setCookie: fields["set-cookie"] ?? [],
            }),
          );
        });
        sent.on("error", reject);
        sent.end();
      }),
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Does `work` for each, several at a time. */
export async function forEach<Item>(items: Iterable<Item>, atOnce: number, work: (item: Item) => Promise<void>) {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

// --- internal ---

function oneOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
