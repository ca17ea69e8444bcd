import type { ServerResponse } from "node:http";
import { PAGE_FIELDS } from "./send.ts";

/** What a page would show now. */
export type LiveContent = { now: string; markup: string };

export type LivePages = {
  /** Sends a page's content once a second as server-sent events, until the browser leaves. False when too many are listening. */
  open: (response: ServerResponse, content: () => Promise<LiveContent | undefined>) => boolean;
  close: () => void;
};

/** Browsers that may listen at once. Each of them costs a page a second. */
export const MOST_LISTENERS = 32;

export function createLivePages(everyMs = 1_000): LivePages {
  const listeners = new Set<ServerResponse>();
  return {
    open: (response, content) => {
      if (listeners.size >= MOST_LISTENERS) return false;
      listeners.add(response);
      response.writeHead(200, { ...PAGE_FIELDS, "content-type": "text/event-stream", "x-accel-buffering": "no" });
      const stop = sendRegularly(response, content, everyMs);
      response.once("close", () => {
        stop();
        listeners.delete(response);
      });
      return true;
    },
    close: () => {
      for (const listener of listeners) listener.end();
    },
  };
}

// --- internal ---

// A long list of routes is drawn less often: whoever looks at it may take a fiftieth of this process, not more.
const REST_PER_WORK = 50;

function sendRegularly(response: ServerResponse, content: () => Promise<LiveContent | undefined>, everyMs: number) {
  let sent = "";
  let busy = false;
  let notBefore = 0;

  async function sendNow(): Promise<void> {
    const startedAt = performance.now();
    const now = await content();
    notBefore = startedAt + (performance.now() - startedAt) * REST_PER_WORK;
    if (now === undefined) return void response.end();
    const { markup, ...rest } = now;
    // A page that looks as before is not sent again, only the time of day.
    const data = JSON.stringify(markup === sent ? rest : now);
    sent = markup;
    response.write(`event: page\ndata: ${data}\n\n`);
  }

  function tick(): void {
    // A browser that does not keep up gets the next one instead.
    if (busy || response.writableNeedDrain || performance.now() < notBefore) return;
    busy = true;
    sendNow()
      .catch(() => response.end())
      .finally(() => {
        busy = false;
      });
  }

  tick();
  const timer = setInterval(tick, everyMs);
  return () => clearInterval(timer);
}
