import { request as httpRequest } from "node:http";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { request as askWith } from "undici";
import { median, residentKiBOf, rounded } from "./processes.ts";

const GIBIBYTE = 2 ** 30;

export type BodyMemory = { direction: "down" | "up"; bytes: number; seconds: number; extraMiB: number };

/** Sends 1 GiB through in each direction, and looks at the proxy's resident memory every 20 ms. */
export async function measureBodies(url: string, pid: number): Promise<BodyMemory[]> {
  // A first small one of each: what a proxy needs once is not what a body costs.
  await download(url, GIBIBYTE / 16);
  await upload(url, GIBIBYTE / 16);
  const measured: BodyMemory[] = [];
  for (const [direction, carry] of [
    ["down", download],
    ["up", upload],
  ] as const) {
    const before = await residentKiBOf(pid);
    const watch = watchPeak(pid, before);
    const startedAt = performance.now();
    const bytes = await carry(url, GIBIBYTE);
    const seconds = (performance.now() - startedAt) / 1000;
    const extraMiB = rounded(((await watch.stop()) - before) / 1024, 1);
    if (bytes !== GIBIBYTE) throw new Error(`${bytes} of ${GIBIBYTE} bytes arrived`);
    measured.push({ direction, bytes, seconds: rounded(seconds, 1), extraMiB });
  }
  return measured;
}

/** How long after the upstream's writing an event arrives, in milliseconds: the median and the greatest of 100, first one apart. */
export async function measureEvents(url: string): Promise<{ first: number; p50: number; max: number }> {
  const delays: number[] = [];
  const { body } = await askWith(`${url}/events`);
  let text = "";
  for await (const piece of body as AsyncIterable<Buffer>) {
    const now = process.hrtime.bigint();
    text += piece.toString();
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) delays.push(Number(now - BigInt(event.slice("data: ".length))) / 1e6);
    if (delays.length > 100) break;
  }
  const [first = 0, ...rest] = delays;
  return { first: rounded(first), p50: rounded(median(rest)), max: rounded(Math.max(...rest)) };
}

// --- internal ---

async function download(url: string, bytes: number): Promise<number> {
  const { body } = await askWith(`${url}/down?bytes=${bytes}`);
  let arrived = 0;
  for await (const piece of body as AsyncIterable<Buffer>) arrived += piece.length;
  return arrived;
}

async function upload(url: string, bytes: number): Promise<number> {
  const piece = Buffer.alloc(262_144);
  const request = httpRequest(`${url}/up`, { method: "POST", headers: { "content-length": bytes } });
  const answer = new Promise<string>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.pipe(new Writable({ write: (part: Buffer, _encoding, done) => ((text += part.toString()), done()) }));
      response.on("end", () => resolve(text));
    });
  });
  await pipeline(Readable.from(pieces(piece, bytes), { objectMode: false }), request);
  return (JSON.parse(await answer) as { bytes: number }).bytes;
}

function* pieces(piece: Buffer, bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= piece.length) yield left >= piece.length ? piece : piece.subarray(0, left);
}

function watchPeak(pid: number, from: number) {
  let peak = from;
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      peak = Math.max(peak, await residentKiBOf(pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await watching;
      return peak;
    },
  };
}
