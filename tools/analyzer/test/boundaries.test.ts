import { describe, expect, test } from "@jest/globals";
import { baselineFileOf, parseBaseline, renderBaseline } from "../src/boundaries/baseline.ts";
import { checkBoundaries } from "../src/boundaries/check-boundaries.ts";
import { crossingsOf } from "../src/boundaries/crossing.ts";
import { ConfigurationInvalidError } from "../src/errors.ts";
import type { Seam, SeamKind } from "../src/findings/seams.ts";

function seam(kind: SeamKind, changes: Partial<Seam> = {}): Seam {
  return {
    kind,
    from: "orders",
    to: "stock",
    file: "orders/order.ts",
    line: 3,
    what: "reserve",
    target: kind === "access" ? "write" : "stock/bin.ts",
    weight: 1,
    remedy: "api-call",
    because: "one side has to ask the other",
    ...changes,
  };
}

describe("what crosses a boundary", () => {
  test("is told by what it is: neither a moved line nor a second mention is something new", () => {
    const before = crossingsOf([seam("call")]);
    const after = crossingsOf([seam("call", { line: 90 }), seam("call", { line: 91, weight: 4 })]);

    expect(after.map(({ crossing }) => crossing)).toEqual(before.map(({ crossing }) => crossing));
    expect(after[0]?.seams.map(({ line }) => line)).toEqual([90, 91]);
  });

  test("names kind, place and object; another name, mode or file is another crossing", () => {
    const crossings = crossingsOf([
      seam("call"),
      seam("call", { what: "release" }),
      seam("access", { what: "bins" }),
      seam("access", { what: "bins", target: "read" }),
      seam("join", { what: "orders + bins" }),
      seam("transaction", { what: "orders, bins" }),
      seam("foreign-key", { what: "orders(bin_id) -> bins" }),
    ]);

    expect(crossings.map(({ crossing }) => crossing.what)).toEqual([
      "access orders/order.ts: read bins",
      "access orders/order.ts: write bins",
      "call orders/order.ts -> stock/bin.ts: release",
      "call orders/order.ts -> stock/bin.ts: reserve",
      "foreign-key orders(bin_id) -> bins",
      "join orders/order.ts: orders + bins",
      "transaction orders/order.ts: orders, bins",
    ]);
  });

  test("types and events may cross freely", () => {
    expect(crossingsOf([seam("type"), seam("event")])).toEqual([]);
  });
});

describe("the check against the baseline", () => {
  const [first, second] = crossingsOf([seam("access", { what: "bins" }), seam("call")]).map(({ crossing }) => crossing);
  const baseline = [first, second].flatMap((crossing) => crossing ?? []);

  test("lets through what was there, and nothing else", () => {
    const { fresh, stale, known } = checkBoundaries(
      [seam("call"), seam("access", { what: "bins" }), seam("call", { what: "release", line: 8 })],
      baseline,
    );

    expect(fresh.map(({ crossing, seams }) => `${crossing.what} at ${seams[0]?.line}`)).toEqual([
      "call orders/order.ts -> stock/bin.ts: release at 8",
    ]);
    expect(stale).toEqual([]);
    expect(known).toEqual(baseline);
  });

  test("names lines whose code is gone", () => {
    expect(checkBoundaries([seam("call")], baseline)).toMatchObject({ fresh: [], stale: [first], known: [second] });
  });

  test("the same crossing between other contexts is new, and the old one stale", () => {
    const { fresh, stale } = checkBoundaries([seam("call", { to: "warehouse" })], second ? [second] : []);

    expect([fresh.length, stale.length]).toEqual([1, 1]);
  });
});

describe("the baseline file", () => {
  test("comes back as it was written, in canonical order", () => {
    const crossings = [
      { from: "stock", to: "orders", what: "call a" },
      { from: "orders", to: "stock", what: "join b" },
      { from: "orders", to: "stock", what: "access: a" },
    ];

    const text = renderBaseline(crossings);

    expect(text).toBe(renderBaseline([...crossings].reverse()));
    expect(parseBaseline("x.baseline.yaml", text)).toEqual([crossings[2], crossings[1], crossings[0]]);
  });

  test("lies beside the contexts", () => {
    expect(baselineFileOf("plan/contexts.yaml")).toBe("plan/contexts.baseline.yaml");
  });

  test("that cannot be used is refused with the reason", () => {
    const text = `version: 1\ncrossings:\n  "orders to stock": [call a]`;

    expect(() => parseBaseline("x.yaml", text)).toThrow(ConfigurationInvalidError);
    expect(() => parseBaseline("x.yaml", text)).toThrow('"orders to stock" does not read "context -> context"');
  });
});
