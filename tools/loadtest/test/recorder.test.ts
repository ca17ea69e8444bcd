import { describe, expect, test } from "@jest/globals";
import { createRecorder, type Recorder } from "../src/drive/recorder.ts";

describe("what is recorded", () => {
  test("counts latency from the scheduled start, and what the generator lost as its lateness", () => {
    const recorder = createRecorder();

    finish(recorder, { scheduledMs: 100, startedMs: 130, finishedMs: 150 });

    const { latency, lateness } = recorder.close(1000);
    expect(latency.maxMs).toBeCloseTo(50, 0);
    expect(lateness.maxMs).toBeCloseTo(30, 0);
  });

  test("counts throughput in the second half, so that a slow beginning is no lack of strength", () => {
    const recorder = createRecorder();

    for (const finishedMs of [10, 499, 501, 600, 999, 1001]) finish(recorder, { finishedMs });

    expect(recorder.close(1000).throughputPerSecond).toBe(3 / 0.5);
  });

  test("puts a request into the second in which it was due", () => {
    const recorder = createRecorder();

    finish(recorder, { scheduledMs: 1900, startedMs: 1900, finishedMs: 4000 });
    finish(recorder, { scheduledMs: 2000, startedMs: 2000, finishedMs: 2010 });

    expect(recorder.close(5000).seconds).toEqual([
      { atMs: 1000, scheduled: 1, failed: 0, p50Ms: 2100, p99Ms: 2100, maxMs: 2100 },
      { atMs: 2000, scheduled: 1, failed: 0, p50Ms: 10, p99Ms: 10, maxMs: 10 },
    ]);
  });
});

// --- internal ---

type Timing = { scheduledMs: number; startedMs: number; finishedMs: number };

function finish(recorder: Recorder, timing: Partial<Timing>): void {
  recorder.scheduled();
  recorder.started();
  recorder.finished({ step: "page", scheduledMs: 0, startedMs: 0, finishedMs: 0, servedBy: undefined, ...timing });
}
