import { request } from "node:http";

export type EqualityRequest = {
  method: "GET" | "HEAD";
  /** Path and query exactly as they are sent: `fetch` would tidy them up. */
  target: string;
  headers?: Readonly<Record<string, string>>;
};

export type Answer = {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
};

/** Sends the request as it is and collects the answer as it is. */
export function ask(serverUrl: string, { method, target, headers = {} }: EqualityRequest): Promise<Answer> {
  const { hostname, port } = new URL(serverUrl);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const received = Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(received) as Answer["headers"],
          body: Buffer.concat(chunks),
        });
      });
    });
    sent.once("error", reject);
    sent.end();
  });
}
