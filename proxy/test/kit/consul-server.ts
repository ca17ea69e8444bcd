import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type ConsulInstance = { address: string; node?: string; port: number; weight?: number };

export type ConsulServer = {
  url: string;
  /** Registers the passing instances; questions that wait are answered. */
  register: (instances: readonly ConsulInstance[]) => void;
  /** Goes on counting from another index, as a restored Consul does. */
  restartAt: (index: number) => void;
  /** Every question so far. */
  questions: { index: number; wait: string | null; query: URLSearchParams; path: string; token: string | undefined }[];
  /** How many questions wait for a change. */
  waiting: () => number;
  /** Another status than 200 for everything, until set back. */
  status: number;
  close: () => Promise<void>;
};

/** Consul's /v1/health/service with blocking queries: a question with the current index waits until there is another. */
export async function startConsulServer(): Promise<ConsulServer> {
  let index = 10;
  let services: object[] = [];
  const waiting = new Set<ServerResponse>();

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://consul");
    const asked = Number(url.searchParams.get("index") ?? 0);
    consul.questions.push({
      index: asked,
      wait: url.searchParams.get("wait"),
      query: url.searchParams,
      path: url.pathname,
      token: request.headers["x-consul-token"]?.toString(),
    });
    response.on("close", () => waiting.delete(response));
    if (consul.status !== 200) response.writeHead(consul.status).end("rpc error: No cluster leader");
    else if (asked > 0 && asked === index) waiting.add(response);
    else answer(response);
  });

  function answer(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json", "x-consul-index": String(index) });
    response.end(JSON.stringify(services));
  }

  function answerWaiting(): void {
    for (const response of waiting) answer(response);
    waiting.clear();
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const consul: ConsulServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    register: (instances) => {
      index += 1;
      services = instances.map(toService);
      answerWaiting();
    },
    restartAt: (next) => {
      index = next;
      answerWaiting();
    },
    questions: [],
    waiting: () => waiting.size,
    status: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return consul;
}

// --- internal ---

function toService({ address, node = "10.9.9.9", port, weight = 1 }: ConsulInstance): object {
  return {
    Node: { Node: "n1", Address: node, Datacenter: "dc1" },
    Service: { ID: `stock-${port}`, Service: "stock", Address: address, Port: port, Weights: { Passing: weight } },
    Checks: [{ Status: "passing" }],
  };
}
