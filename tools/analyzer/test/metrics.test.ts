import { describe, expect, test } from "@jest/globals";
import { cohesion, coupling, turboMq } from "../src/findings/metrics/cohesion.ts";
import {
  interfaceNumber,
  interPartitionCalls,
  nonExtremeDistribution,
  structuralModularity,
} from "../src/findings/metrics/published.ts";
import { purityOf } from "../src/findings/metrics/purity.ts";
import { judgeTexts } from "./judge-texts.ts";

/** Two parts: `a1 -> a2` (3 calls) inside, `a2 -> b1` (1 call) across, `b2` alone beside `b1`. */
const partition = {
  partOf: new Map([
    ["a1", "a"],
    ["a2", "a"],
    ["b1", "b"],
    ["b2", "b"],
  ]),
  edges: [
    { from: "a1", to: "a2", volume: 3 },
    { from: "a2", to: "b1", volume: 1 },
  ],
};

describe("coupling and cohesion by hand", () => {
  test("structural modularity: dense inside less tied across", () => {
    expect(structuralModularity(partition)).toBeCloseTo((1 / 4 + 0) / 2 - 1 / (2 * 2), 12);
  });

  test("calls across: by the logarithm of their volume, and by the volume", () => {
    expect(interPartitionCalls(partition, "logarithmic")).toBeCloseTo(1 / (1 + Math.log(3) + 1), 12);
    expect(interPartitionCalls(partition, "plain")).toBe(0.25);
    expect(coupling(partition)).toBe(0.25);
  });

  test("interfaces: pairs across for each part", () => {
    expect(interfaceNumber(partition)).toBe(0.5);
  });

  test("extreme sizes: here all are too small, and five make an ordinary part", () => {
    expect(nonExtremeDistribution(partition)).toBe(1);
    expect(nonExtremeDistribution({ partOf: new Map([..."abcde"].map((member) => [member, "p"])), edges: [] })).toBe(0);
  });

  test("TurboMQ adds up what each part keeps; cohesion is its mean", () => {
    expect(turboMq(partition)).toBeCloseTo(6 / 7, 12);
    expect(cohesion(partition)).toBeCloseTo(3 / 7, 12);
  });
});

describe("purity of tables", () => {
  test("is 1 with one user, 0 where all share evenly; CARGO's own form falls below 0 with three", () => {
    const accesses = (list: string[]) => new Map([["t", list]]);

    expect(purityOf(accesses(["a", "a"]), 3)).toEqual({ entropy: 1, normalised: 1 });
    expect(purityOf(accesses(["a", "b", "c"]), 3).normalised).toBeCloseTo(0, 12);
    expect(purityOf(accesses(["a", "b"]), 3).normalised).toBeCloseTo(0, 12); // two accesses cannot reach three parts
    expect(purityOf(accesses(["a", "b", "c"]), 3).entropy).toBeCloseTo(1 - Math.log(3), 12);
    expect(purityOf(new Map(), 3)).toEqual({ entropy: 1, normalised: 1 });
  });

  test("is the mean over tables, of all queries and of those inside of transactions", async () => {
    const { metrics } = await judgeTexts({
      "order/place.ts": `import knex from "knex"; const db = knex({});
        db("orders").first();
        export const place = () => db.transaction(async (trx) => {
          await trx("orders").insert({});
        });`,
      "mail/send.ts": `import knex from "knex"; const db = knex({});
        db("mails").insert({});
        db("orders").first();`,
    });

    const third = (2 / 3) * Math.log(2 / 3) + (1 / 3) * Math.log(1 / 3);
    expect(metrics.dataPurity.entropy).toBeCloseTo((1 + (1 + third)) / 2, 3);
    expect(metrics.dataPurity.normalised).toBeCloseTo((1 + (1 + third / Math.log(2))) / 2, 3);
    expect(metrics.transactionPurity).toEqual({ entropy: 1, normalised: 1 });
    expect(metrics.byContext["order"]).toMatchObject({ files: 1, purity: 0.6667 });
  });
});

describe("the metrics of a code base", () => {
  test("count what runs between files of contexts: no types, nothing shared", async () => {
    const { metrics } = await judgeTexts({
      "log.ts": "export const log = () => undefined;",
      "cart/a.ts": `import { b } from "./b"; import { log } from "../log"; log();\nexport const a = () => b() + b();`,
      "cart/b.ts": `import type { P } from "../product/p"; export const b = (): P => 1;`,
      "product/p.ts": `import { a } from "../cart/a"; export type P = number;\nexport const p = () => a();`,
    });

    expect(metrics).toMatchObject({
      contexts: 2,
      largest: 0.6667,
      interfaceNumber: 0.5,
      interPartitionCalls: { plain: 0.3333 },
      coupling: 0.3333,
    });
  });
});
