import { describe, expect, test } from "@jest/globals";
import { createAlarmBook, judgeAlarms, type AlarmFacts } from "../src/run/alarms.ts";

const LIMITS = { alarmDownMs: 30_000, alarmLagMs: 60_000, alarmWalBytes: 1024 * 1024 * 1024 };
const WELL: AlarmFacts = {
  state: "following",
  lagMs: 12,
  slot: { walStatus: "reserved", safeWalSize: null, keptBytes: 16 * 1024 * 1024 },
  spooled: { running: 0, prepared: 0, bytes: 0 },
  downMs: 0,
  parked: 0,
  drift: 0,
};
const names = (facts: Partial<AlarmFacts>) => [...judgeAlarms({ ...WELL, ...facts }, LIMITS).keys()];

describe("an alarm", () => {
  test("is not raised for a stream that is well", () => {
    expect(names({})).toEqual([]);
  });

  test.each<[string, Partial<AlarmFacts>]>([
    ["down", { state: "failed" }],
    ["down", { state: "waiting", downMs: 30_000 }],
    ["lag", { lagMs: 60_000 }],
    ["wal", { slot: { walStatus: "extended", safeWalSize: null, keptBytes: LIMITS.alarmWalBytes } }],
    ["slot", { slot: { walStatus: "unreserved", safeWalSize: 0, keptBytes: 0 } }],
    ["parked", { parked: 1 }],
    ["drift", { drift: 3 }],
  ])("%s is raised for %j, and by nothing else", (name, facts) => {
    expect(names(facts)).toEqual([name]);
  });

  test("says what is wrong and what to do", () => {
    const on = judgeAlarms({ ...WELL, slot: { walStatus: "lost", safeWalSize: 0, keptBytes: 0 } }, LIMITS);
    expect(on.get("slot")).toBe(
      'Its slot is "lost": the source has removed log that it needs. Raise max_slot_wal_keep_size.',
    );
  });

  test("keeps the moment at which it began, and is told once when it goes on and once when it goes off", () => {
    const told: string[] = [];
    const book = createAlarmBook((name, sentence) => told.push(`${name} ${sentence === undefined ? "off" : "on"}`));
    const lag = new Map([["lag", "It lags."]] as const);

    book.update(lag, new Date(1_000));
    expect(book.update(lag, new Date(2_000))).toEqual([
      { name: "lag", sentence: "It lags.", since: new Date(1_000).toISOString() },
    ]);
    expect(book.update(new Map(), new Date(3_000))).toEqual([]);
    expect(told).toEqual(["lag on", "lag off"]);
  });
});
