import { createRequire } from "node:module";

/**
 * kafkajs looks after its queue of requests with a timer that it sets again whenever it fires, also when the queue is empty, and then
 * for a time that lies in the past: a thousand wake-ups a second for each connection, and on Node 24 a TimeoutNegativeWarning
 * (tulios/kafkajs#1751). Here the timer is only set while something waits in the queue. May be called any number of times.
 */
export function stopIdleTimers(): void {
  const queue = (load("kafkajs/src/network/requestQueue/index.js") as { prototype: RequestQueue }).prototype;
  if (mended.has(queue)) return;
  mended.add(queue);
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

// --- internal ---

type RequestQueue = { pending: readonly unknown[]; scheduleCheckPendingRequests: (this: RequestQueue) => void };

const load = createRequire(import.meta.url);
const mended = new WeakSet<RequestQueue>();
