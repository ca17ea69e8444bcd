import { PerformanceObserver } from "node:perf_hooks";
import type { GeneratorResult } from "../run.ts";

type Pauses = GeneratorResult["garbageCollection"];

/** Adds up this thread's pauses for garbage collection until closed. */
export function watchGarbageCollection(): { close: () => Pauses } {
  const pauses: Pauses = { pauses: 0, totalMs: 0, longestMs: 0 };
  const count = (entries: readonly { duration: number }[]) => {
    for (const { duration } of entries) {
      pauses.pauses += 1;
      pauses.totalMs += duration;
      pauses.longestMs = Math.max(pauses.longestMs, duration);
    }
  };
  const observer = new PerformanceObserver((list) => count(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  return {
    close: () => {
      count(observer.takeRecords());
      observer.disconnect();
      return pauses;
    },
  };
}
