import { get } from "node:http";

export type Health = { well: true } | { well: false; why: string };

/** Asks once. Anything but a 200 within the limit is not well, with the reason in a few words. */
export function askHealth(url: string, limitMs = 2_000): Promise<Health> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: limitMs }, (response) => {
      response.resume();
      const { statusCode } = response;
      resolve(statusCode === 200 ? { well: true } : { well: false, why: `answers ${statusCode}` });
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${limitMs} ms`)));
    request.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ well: false, why: error.code === "ECONNREFUSED" ? "does not listen" : error.message }),
    );
  });
}
