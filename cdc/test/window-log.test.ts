import { describe, expect, test } from "@jest/globals";
import { parseSnapshot } from "../src/windows/source-snapshot.ts";
import { createToldTransactions, wholeNumber } from "../src/windows/told-transactions.ts";
import { createWindowLog } from "../src/windows/window-log.ts";

describe("a window in the log", () => {
  const snapshot = (text: string) => parseSnapshot(text);

  test("leaves what the log touched inside of it to the log, and only that", () => {
    const log = createWindowLog(100);
    log.tell(101);
    log.touch("before");
    log.open("w");
    log.tell(102);
    log.touch("inside");

    const verdict = log.close("w", snapshot("103:103:"));
    log.touch("behind");

    expect(verdict).toEqual({ good: true, touched: new Set(["inside"]) });
  });

  test("is worth nothing when a commit from before it is not visible in its snapshot", () => {
    const log = createWindowLog(100);
    log.tell(105);
    log.open("w");
    expect(log.close("w", snapshot("105:106:105"))).toEqual({ good: false, why: "unseen" });

    log.open("v");
    expect(log.close("v", snapshot("104:105:"))).toEqual({ good: false, why: "unseen" });
  });

  test("does not mind commits that its snapshot does not see when the log told them inside of it", () => {
    const log = createWindowLog(100);
    log.open("w");
    log.tell(105);
    log.touch("inside");

    expect(log.close("w", snapshot("105:106:105"))).toMatchObject({ good: true });
  });

  test("does not trust a snapshot in which a transaction from before the notes began still runs, until the log tells it", () => {
    const log = createWindowLog(100);
    log.open("w");
    expect(log.close("w", snapshot("90:120:90"))).toEqual({ good: false, why: "unknown" });
    expect(log.knowsAll(snapshot("90:120:90"))).toBe(false);

    log.open("v");
    log.tell(90);

    expect(log.close("v", snapshot("90:120:90"))).toMatchObject({ good: true });
    expect(log.knowsAll(snapshot("90:120:90"))).toBe(true);
  });

  test("is spoiled by what changes the table under it, and by more keys than may be remembered", () => {
    const log = createWindowLog(0, 2);
    log.open("w");
    log.spoil("truncated");
    expect(log.close("w", snapshot("1:1:"))).toEqual({ good: false, why: "truncated" });

    log.open("v");
    for (const key of ["a", "b", "c"]) log.touch(key);
    expect(log.close("v", snapshot("1:1:"))).toEqual({ good: false, why: "crowded" });
  });

  test("ends once, and only under its own name", () => {
    const log = createWindowLog(0);
    log.open("w");
    expect(log.close("another", snapshot("1:1:"))).toBeUndefined();
    expect(log.close("w", snapshot("1:1:"))).toMatchObject({ good: true });
    expect(log.close("w", snapshot("1:1:"))).toBeUndefined();
    expect(log.isOpen()).toBe(false);
  });

  test("knows transactions across the turn of their 32-bit numbers", () => {
    const turn = 2 ** 32;
    const log = createWindowLog(turn - 2);
    log.tell(turn - 1);
    log.tell(3);
    log.open("w");

    expect(log.close("w", snapshot(`${turn + 3}:${turn + 4}:${turn + 3}`))).toEqual({ good: false, why: "unseen" });
    expect(wholeNumber(5, turn * 7 - 10)).toBe(turn * 7 + 5);
    expect(wholeNumber(turn - 5, turn * 7 + 10)).toBe(turn * 7 - 5);
    expect(wholeNumber(5, 3)).toBe(5);
  });

  test("forgets what no snapshot can name any more, and bounds what it remembers", () => {
    const told = createToldTransactions(0);
    told.tell(10);
    told.tell(200_000);
    told.forgetBelow(100_000);
    expect([told.has(10), told.has(200_000), told.floor()]).toEqual([false, true, 100_000]);

    for (let each = 200_000; each < 200_000 + 600 * 65_536; each += 65_536) told.tell(each);

    expect(told.has(200_000)).toBe(false);
    expect(told.floor()).toBeGreaterThan(200_000);
  });
});
