import { describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { addressKey } from "../../src/admission/address-key.ts";
import { createAdmission, type AdmittingRoute } from "../../src/admission/admission.ts";
import { createKeyBudget } from "../../src/admission/key-budget.ts";
import { createKeyring } from "../../src/customer/keyring.ts";
import type { RequestHead } from "../../src/guard/request-head.ts";
import { parseRoutes } from "../../src/routes/parse.ts";

type Asked = { address?: string; customer?: string; headers?: Record<string, string> };

/** A gate with one route, whose limit is given as YAML; answers the refusal's or the answer's fields with the status. */
function createGate(limit: string) {
  const snapshot = parseRoutes(
    "routes.yaml",
    `services: { monolith: { url: "http://127.0.0.1:1" }, stock: { url: "http://127.0.0.1:2" } }
routes: [{ id: items, match: { path: /items }, service: stock, stage: service, keys: [{ header: x-customer }], limit: ${limit} }]`,
  );
  const admission = createAdmission({
    log: createLogger({ name: "test", level: "silent" }),
    isTrusted: () => false,
    keyring: createKeyring([]),
  });
  const [route] = snapshot.routes as AdmittingRoute[];
  return async ({ address = "10.0.0.1", customer, headers = {} }: Asked = {}): Promise<
    [number, Record<string, string>]
  > => {
    const known = customer === undefined ? {} : { "x-customer": customer };
    const request = { headers: { ...known, ...headers }, socket: { remoteAddress: address } } as unknown as RequestHead;
    const answer = await admission.admit(request, route as AdmittingRoute);
    const status = "refusal" in answer ? answer.refusal.status : 200;
    const { fields } = "refusal" in answer ? answer.refusal : answer.admitted;
    return [
      status,
      Object.fromEntries(fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? ""]] : []))),
    ];
  };
}

async function statuses(asked: Promise<[number, object]>[]): Promise<number[]> {
  return (await Promise.all(asked)).map(([status]) => status);
}

describe("a limit", () => {
  test("lets so many through in a window, tells what is left, and turns the rest away until the window ends", async () => {
    const ask = createGate("{ requests: 2, perSeconds: 1 }");
    expect(await ask()).toEqual([200, { "ratelimit-policy": `"address";q=2;w=1`, ratelimit: `"address";r=1;t=1` }]);
    expect(await ask()).toEqual([200, { "ratelimit-policy": `"address";q=2;w=1`, ratelimit: `"address";r=0;t=1` }]);
    expect(await ask()).toEqual([
      429,
      { "retry-after": "1", "ratelimit-policy": `"address";q=2;w=1`, ratelimit: `"address";r=0;t=1` },
    ]);
    expect(await statuses([ask({ address: "10.0.0.2" })])).toEqual([200]);
    await waitFor("the next window", async () => (await ask())[0] === 200);
  });

  test("counts whom it says: customers, headers, or all together; who has none of it is counted by address", async () => {
    const byCustomer = createGate("{ requests: 1, perSeconds: 60, by: customer }");
    expect(
      await statuses([
        byCustomer({ customer: "anna" }),
        byCustomer({ customer: "anna", address: "10.9.9.9" }),
        byCustomer({ customer: "bert" }),
        byCustomer(),
        byCustomer(),
        byCustomer({ customer: "address 10.0.0.1" }),
      ]),
    ).toEqual([200, 429, 200, 200, 429, 200]);

    const byHeader = createGate("{ requests: 1, perSeconds: 60, by: { header: X-Api-Key } }");
    const withKey = (key: string) => byHeader({ headers: { "x-api-key": key } });
    expect(await statuses([withKey("k"), withKey("k"), withKey("l"), withKey("m".repeat(9_000))])).toEqual([
      200, 429, 200, 200,
    ]);

    const together = createGate("{ requests: 1, perSeconds: 60, by: route }");
    expect(await statuses([together(), together({ address: "10.9.9.9" })])).toEqual([200, 429]);
  });

  test("is one of several: all must be kept, and all are told", async () => {
    const ask = createGate("[{ requests: 3, perSeconds: 60 }, { requests: 1, perSeconds: 60, by: customer }]");
    expect((await ask({ customer: "anna" }))[1]["ratelimit"]).toBe(`"address";r=2;t=60, "customer";r=0;t=60`);
    expect(await statuses([ask({ customer: "anna" }), ask({ customer: "bert" }), ask({ customer: "carl" })])).toEqual([
      429, 200, 429,
    ]);
  });

  test("counts a customer's whole IPv6 network as one address", () => {
    expect(addressKey("10.1.2.3")).toBe("10.1.2.3");
    const oneNetwork = [
      "2001:db8:1:2::1",
      "2001:0db8:0001:0002:ffff::9",
      "2001:DB8:1:2:0:0:0:7%eth0",
      "2001:db8:1:2:1:2:3.4.5.6",
    ];
    expect(new Set(oneNetwork.map(addressKey))).toEqual(new Set(["2001:db8:1:2"]));
    expect(["::1", "fe80::1", "2001:db8::"].map(addressKey)).toEqual(["0:0:0:0", "fe80:0:0:0", "2001:db8:0:0"]);
  });

  test("keeps its memory bounded: beyond so many keys in two windows, further ones share a few counts", () => {
    const budget = createKeyBudget(1_000, 100);
    const names = new Set<string>();
    for (let index = 0; index < 10_000; index += 1) {
      const name = budget.nameFor(`10.0.0.${index}`, index / 10);
      if (!names.has(name)) budget.opened(index / 10);
      names.add(name);
    }
    expect(names.size).toBeLessThanOrEqual(100 + 1_024);
    expect(budget.nameFor("10.0.0.5", 1_500)).toMatch(/^shared /);
    expect(budget.nameFor("10.0.0.5", 5_000)).toBe("10.0.0.5");
  });
});
