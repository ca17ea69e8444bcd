import { describe, expect, test } from "@jest/globals";
import { tryEveryStep } from "./every-step.ts";
import { optionsOf, runSchedule } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { runWindows } from "./windows.ts";

// The long run is `npm run sim -- --schedules 100000`. A seed that fails here is shown by `npm run sim -- --replay SEED`.
describe("a stream in a simulated world", () => {
  test("keeps its promises in 1,500 schedules of work and faults", async () => {
    const failed: string[] = [];
    let faults = 0;
    for (let seed = 1; seed <= 1_500; seed += 1) {
      const result = await runSchedule(seed);
      faults += result.faults;
      if (result.violation !== undefined) failed.push(`seed ${seed}: ${result.violation}`);
    }

    expect(failed).toEqual([]);
    expect(faults).toBeGreaterThan(1_500);
  });

  test("keeps them whatever fails at whichever step of a small one", async () => {
    const { schedules, failures } = await tryEveryStep({ seed: 3, transactions: 2, apart: 0 });

    expect(failures).toEqual([]);
    expect(schedules).toBeGreaterThan(200);
  });

  test("never takes a row that was read beside the log for newer than the log", () => {
    const results = Array.from({ length: 1_500 }, (_, seed) => runWindows(seed));

    expect(results.filter(({ violation }) => violation !== undefined)).toEqual([]);
    expect(results.reduce((sum, { good }) => sum + good, 0)).toBeGreaterThan(2_000);
  });

  test("does the same again for the same seed", async () => {
    const options = { ...optionsOf(7), traced: true };

    expect(await runSchedule(7, options)).toEqual(await runSchedule(7, options));
  });

  test("makes a schedule that fails smaller, and shows it", async () => {
    // A promise that nobody gave: that a world comes to rest without a single step.
    const options = { ...optionsOf(11), mostSteps: 30 };

    const { result, options: smaller } = await shrink(11, options, 40);

    expect(result.violation).toMatch(/does not come to rest/);
    expect(smaller.transactions).toBeLessThanOrEqual(options.transactions);
    expect(result.trace.length).toBeGreaterThan(5);
  });
});
