// What a reader of the target may rely on: whoever knows a position of the source, and hears that everything before it is applied,
// finds on the target whatever the source had committed by then. Told as server-sent events, one line of JSON each, whenever it
// has moved and at least every 50 ms, so that silence means that nobody is there.

import type { ServerResponse } from "node:http";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import type { StreamState } from "./stream-status.ts";

export type PositionView = {
  state: StreamState;
  /** Everything that the source has committed before it is on the target; undefined until the stream has followed. */
  applied: Lsn | undefined;
};

/** One event of the feed, as JSON. `applied` in PostgreSQL's notation; null until the stream has followed. */
export type PositionEvent = { stream: string; state: StreamState; applied: string | null };

export type PositionFeed = {
  /** Keeps the response and writes to it until the other end leaves. False when there are too many already. */
  add: (response: ServerResponse) => boolean;
  /** Ends all responses. */
  close: () => void;
};

const LOOK_EVERY_MS = 10;
const SPEAK_EVERY_MS = 50;
const MAX_LISTENERS = 64;
/** Who lets this much lie unread is not listening. */
const MAX_UNREAD_BYTES = 65_536;

export function createPositionFeed(stream: string, view: () => PositionView): PositionFeed {
  const listeners = new Set<ServerResponse>();
  let timer: NodeJS.Timeout | undefined;
  let told = "";
  let toldAt = 0;

  function look(): void {
    const text = eventText(stream, view());
    const now = performance.now();
    if (text === told && now - toldAt < SPEAK_EVERY_MS - LOOK_EVERY_MS) return;
    told = text;
    toldAt = now;
    for (const listener of listeners) tell(listener, text);
  }

  function leave(response: ServerResponse): void {
    listeners.delete(response);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add: (response) => {
      if (listeners.size >= MAX_LISTENERS) return false;
      listeners.add(response);
      response.once("close", () => leave(response));
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      tell(response, eventText(stream, view()));
      timer ??= setInterval(look, LOOK_EVERY_MS);
      return true;
    },
    close: () => {
      for (const listener of listeners) listener.end();
    },
  };
}

// --- internal ---

function eventText(stream: string, { state, applied }: PositionView): string {
  const event: PositionEvent = { stream, state, applied: applied === undefined ? null : formatLsn(applied) };
  return `data: ${JSON.stringify(event)}\n\n`;
}

function tell(response: ServerResponse, text: string): void {
  if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  else response.write(text);
}
