import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { DEFAULT_RULES, type FieldShadow, type RouteShadow, type ShadowReport } from "@strangler/proxy";
import { renderRouteShadow } from "../src/shadow/render-report.ts";
import { strangler } from "./strangler.ts";

const AT = "2026-01-02T03:04:05.678Z";
const PRICE: FieldShadow = {
  field: "/items/*/price",
  kind: "primitive",
  verdict: "real",
  relative: 100,
  absolute: 10,
  raw: 12,
  noise: 0,
  rawWhereTwice: 3,
  bothWhereTwice: 0,
  stayed: 2,
  changed: 0,
  firstSeen: AT,
  lastSeen: AT,
  sample: "w-1",
};

describe("strangler shadow report", () => {
  test("shows outcomes, fields with their verdicts, a sample, and what to do next", () => {
    const shown = stripVTControlCharacters(renderRouteShadow(route()));

    expect(shown).toBe(`items: the monolith against stock
  120 compared: 100 equal, 20 different, of these 8 only in noise
  3 could not be compared: timed out 2, undecodable 1
  7 never asked: busy 7
  verdict  field           kind       of 120  noise of 30  first seen           last seen            sample
  real     /items/*/price  primitive      12            0  2026-01-02 03:04:05  2026-01-02 03:04:05  w-1
  noise    /requestId      primitive     120           30  2026-01-02 03:04:05  2026-01-02 03:04:05
  w-1  GET /items/7
      /items/0/price: the monolith says 100, the service 99
-> Mend /items/*/price in stock, or write into the route's shadow rules why it may differ: ignore: [{ path: /items/*/price, reason: ... }].`);
  });

  test.each<[string, Partial<RouteShadow>, RegExp]>([
    ["to wait where nothing is decided", { fields: [{ ...PRICE, verdict: "undecided" }] }, /^-> Wait: .*price/m],
    [
      "to go on where only noise differs",
      { fields: [{ ...PRICE, verdict: "noise" }] },
      /^-> .* route set items canary/m,
    ],
    [
      "to look at a service that does not answer",
      { fields: [], counts: { ...route().counts, failed: 999 } },
      /^-> Look at stock/m,
    ],
  ])("says %s", (_what, changes, step) => {
    expect(renderRouteShadow({ ...route(), ...changes })).toMatch(step);
  });

  test("asks the proxy; status 1 when a field really differs", async () => {
    const report: ShadowReport = { at: AT, since: AT, inFlight: 0, routes: [route()] };
    const server = createServer((_request, response) => response.end(JSON.stringify(report)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const admin = ["--admin", `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
    try {
      const all = await strangler(["shadow", "report", ...admin]);
      const one = await strangler(["shadow", "report", "items", "--json", ...admin]);
      const none = await strangler(["shadow", "report", "pages", ...admin]);

      expect(all).toMatchObject({
        status: 1,
        err: "",
        out: expect.stringContaining("items: the monolith against stock") as unknown,
      });
      expect(JSON.parse(one.out)).toEqual(report);
      expect(none).toMatchObject({ status: 2, err: expect.stringContaining("There are: items.") as unknown });
    } finally {
      server.close();
    }
  });
});

// --- internal ---

function route(): RouteShadow {
  const side = { status: 200, contentType: "application/json", bytes: 2 };
  return {
    route: "items",
    service: "stock",
    counts: {
      compared: 120,
      equal: 100,
      different: 20,
      onlyNoise: 8,
      failed: 3,
      failedBecause: { "timed out": 2, undecodable: 1 },
      dropped: 7,
      droppedBecause: { busy: 7 },
      unsampled: 0,
    },
    compared: 120,
    askedTwice: 30,
    fields: [PRICE, { ...PRICE, field: "/requestId", verdict: "noise", raw: 120, noise: 30, sample: null }],
    fieldsEvicted: 0,
    samples: [
      {
        id: "w-1",
        at: AT,
        route: "items",
        service: "stock",
        method: "GET",
        path: "/items/7",
        redacted: false,
        accept: null,
        requestId: "r",
        control: side,
        candidate: side,
        differences: [
          { kind: "primitive", field: "/items/*/price", at: "/items/0/price", control: "100", candidate: "99" },
        ],
        more: 0,
      },
    ],
    samplesDropped: 0,
    rules: DEFAULT_RULES,
  };
}
