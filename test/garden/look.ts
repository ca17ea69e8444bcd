import { connect } from "node:net";
import type { RawUpstream } from "../../proxy/test/conformance/raw-upstream.ts";
import type { Sample } from "./samples.ts";

// Until something comes, and until nothing more does.
const PATIENCE_MS = 1_000;
const QUIET_MS = 250;

/** What has come of a sample behind one proxy, in a few words. */
export async function look(port: number, upstream: RawUpstream, sample: Sample): Promise<string> {
  upstream.forget();
  upstream.lie = sample.answer;
  const received = await exchange(port, sample.send);
  upstream.lie = undefined;
  const seen = upstream.seen.map(sample.seenAs).filter((words) => words !== "");
  const smuggled = upstream.seen.some((request) => request.startsWith("GET /smuggled "));
  return [answerWords(received), ...new Set(seen), ...(smuggled ? ["and a second request"] : [])].join(", ");
}

// --- internal ---

async function exchange(port: number, bytes: string): Promise<{ text: string; ended: boolean }> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let text = "";
  const ended = await new Promise<boolean>((resolve) => {
    socket.setTimeout(PATIENCE_MS, () => resolve(false));
    socket.on("data", (chunk) => {
      socket.setTimeout(QUIET_MS);
      text += chunk.toString("latin1");
    });
    socket.on("error", () => resolve(true));
    socket.on("close", () => resolve(true));
    socket.write(bytes, "latin1");
  });
  socket.destroy();
  return { text, ended };
}

function answerWords({ text, ended }: { text: string; ended: boolean }): string {
  const statuses = [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => status);
  if (statuses.length === 0) return ended ? "closed without a word" : "no answer";
  const cut = /^transfer-encoding: *chunked\r$/im.test(text) && !/\r\n0\r\n(?:.+\r\n)*\r\n/.test(text);
  return `${statuses.join(" and ")}${cut ? ", cut off" : ""}`;
}
