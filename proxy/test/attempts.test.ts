import { createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { ENGINE_NAMES, type EngineName } from "../src/index.ts";
import { createRetryBudget } from "../src/retry-budget.ts";
import { findClosedPort, startRawUpstream, startUpstream, type Upstream } from "./kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "./kit/with-proxy.ts";

let monolith: Upstream;
beforeAll(async () => {
  monolith = await startUpstream("monolith");
});
beforeEach(() => {
  monolith.requests.length = 0;
});
afterAll(() => monolith.close());

describe.each(ENGINE_NAMES)("with engine %s, a service that gives no answer", (engine) => {
  test("is replaced by the monolith where asking twice does no harm", async () => {
    const hangsUp = await startRawUpstream((socket) => socket.destroy());
    try {
      await withRoute(engine, hangsUp.url, "stage: canary\npercent: 100", async (proxy) => {
        for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
          expect(await ask(proxy, method)).toEqual({ status: 200, servedBy: "monolith" });
        }
      });
      await withRoute(engine, hangsUp.url, "stage: service", async (proxy) => {
        for (const method of ["GET", "HEAD", "OPTIONS"]) {
          expect(await ask(proxy, method)).toEqual({ status: 200, servedBy: "monolith" });
        }
        expect(await ask(proxy, "PUT")).toEqual({ status: 502, servedBy: "proxy" });
      });
    } finally {
      await hangsUp.close();
    }
  });

  test("is not replaced for an unsafe request, which nobody gets twice", async () => {
    let asked = 0;
    const hangsUp = await startRawUpstream((socket) => {
      asked += 1;
      socket.destroy();
    });
    try {
      for (const stage of ["stage: service", "stage: canary\npercent: 100"]) {
        await withRoute(engine, hangsUp.url, stage, async (proxy) => {
          expect(await ask(proxy, "POST")).toEqual({ status: 502, servedBy: "proxy" });
          expect(await ask(proxy, "PATCH")).toEqual({ status: 502, servedBy: "proxy" });
        });
      }
      expect(asked).toBe(4);
      expect(monolith.requests).toEqual([]);
    } finally {
      await hangsUp.close();
    }
  });

  test("is asked again under the same Idempotency-Key at another instance, and the monolith never", async () => {
    const well = await startUpstream("stock");
    const hangsUp = await startRawUpstream((socket) => socket.destroy());
    const stage = "stage: canary\npercent: 100\nidempotencyKey: true";
    const one = routesText(monolith.url, hangsUp.url, stage);
    const two = one.replace(/stock: .*/, `stock: { instances: ["${hangsUp.url}", "${well.url}"], ejection: false }`);
    try {
      await withProxy({ routes: two, engine }, async (proxy) => {
        for (let each = 0; each < 4; each += 1) {
          expect(await ask(proxy, "POST", { "idempotency-key": "k1" })).toEqual({ status: 200, servedBy: "stock" });
        }
      });
      await withProxy({ routes: one, engine }, async (proxy) => {
        expect(await ask(proxy, "POST", { "idempotency-key": "k1" })).toMatchObject({ status: 502 });
      });
      expect(monolith.requests).toEqual([]);
    } finally {
      await Promise.all([hangsUp.close(), well.close()]);
    }
  });

  test("is replaced with the same body, if that is short and has come", async () => {
    const hangsUp = await startRawUpstream((socket) => socket.destroy());
    const stage = "stage: canary\npercent: 100";
    try {
      await withRoute(engine, hangsUp.url, stage, async (proxy) => {
        expect(await ask(proxy, "PUT", { "content-type": "text/plain" }, "a small thing")).toMatchObject({
          status: 200,
        });
        expect(monolith.requests).toMatchObject([{ method: "PUT", body: "a small thing" }]);
        expect(monolith.requests[0]?.headers).toMatchObject({ "content-length": "13", "content-type": "text/plain" });

        expect(await ask(proxy, "PUT", {}, "x".repeat(100_000))).toEqual({ status: 502, servedBy: "proxy" });
        expect(await ask(proxy, "POST", {}, "a small thing")).toEqual({ status: 502, servedBy: "proxy" });
      });
      expect(monolith.requests.length).toBe(1);
    } finally {
      await hangsUp.close();
    }
  });

  test("leaves even unsafe requests to the monolith while its breaker is open, as long as the route is a canary", async () => {
    const port = await findClosedPort();
    for (const [stage, answer] of [
      ["stage: canary\npercent: 100", { status: 200, servedBy: "monolith" }],
      ["stage: service", { status: 502, servedBy: "proxy" }],
    ] as const) {
      await withRoute(engine, `http://127.0.0.1:${port}`, stage, async (proxy) => {
        for (let each = 0; each < 5; each += 1) await ask(proxy, "GET");
        expect(await ask(proxy, "POST")).toEqual(answer);
      });
    }
  });

  test("is first looked for at another of its instances", async () => {
    const well = await startUpstream("stock");
    const hangsUp = await startRawUpstream((socket) => socket.destroy());
    const routes = routesText(monolith.url, hangsUp.url, "stage: service").replace(
      /stock: .*/,
      `stock: { instances: ["${hangsUp.url}", "${well.url}"], ejection: false }`,
    );
    try {
      await withProxy({ routes, engine }, async (proxy) => {
        for (let each = 0; each < 6; each += 1) {
          expect(await ask(proxy, "GET")).toEqual({ status: 200, servedBy: "stock" });
        }
        const answers = await Promise.all(Array.from({ length: 6 }, () => ask(proxy, "POST")));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 502]));
      });
      expect(monolith.requests).toEqual([]);
    } finally {
      await Promise.all([hangsUp.close(), well.close()]);
    }
  });

  test("is not replaced once a part of its answer has gone out", async () => {
    const stopsHalfway = await startRawUpstream((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", () => socket.destroy());
    });
    try {
      await withRoute(engine, stopsHalfway.url, "stage: service", async (proxy) => {
        await expect(fetch(`${proxy.url}/items/1`).then((answer) => answer.text())).rejects.toThrow();
      });
      expect(monolith.requests).toEqual([]);
    } finally {
      await stopsHalfway.close();
    }
  });

  test("is replaced when it takes too long, and its late end does not touch the second answer", async () => {
    const silent = await startRawUpstream(() => undefined);
    try {
      await withRoute(
        engine,
        silent.url,
        "stage: service",
        async (proxy) => {
          expect(await ask(proxy, "GET")).toEqual({ status: 200, servedBy: "monolith" });
        },
        { limits: { answerWithinMs: 100 } },
      );
    } finally {
      await silent.close();
    }
  });

  test("is not replaced where the route says so", async () => {
    const port = await findClosedPort();
    await withRoute(engine, `http://127.0.0.1:${port}`, "stage: service\nfallback: false", async (proxy) => {
      expect(await ask(proxy, "GET")).toEqual({ status: 502, servedBy: "proxy" });
    });
  });

  test("is no longer asked after five failures, and found again when it is back", async () => {
    const port = await findClosedPort();
    await withRoute(engine, `http://127.0.0.1:${port}`, "stage: service", async (proxy) => {
      for (let each = 0; each < 6; each += 1) expect(await ask(proxy, "GET")).toMatchObject({ status: 200 });
      expect(proxy.log).toContainEqual(expect.objectContaining({ msg: "a breaker has opened", upstream: "stock" }));

      const back = await startUpstream("stock");
      const forwarder = createServer((socket) => socket.on("error", () => socket.destroy())).on(
        "connection",
        (socket) => {
          socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        },
      );
      await new Promise<void>((resolve) => forwarder.listen(port, "127.0.0.1", resolve));
      try {
        await waitFor("the service to answer again", async () => (await ask(proxy, "GET")).servedBy === "stock");
        await waitFor("the breaker to close", async () => {
          await ask(proxy, "GET");
          return proxy.log.some(({ msg }) => msg === "a breaker has closed");
        });
      } finally {
        forwarder.close();
        await back.close();
      }
    });
  });
});

test("what is sent a second time is a fifth of what is sent a first time, and a hundred at the start", () => {
  const budget = createRetryBudget();
  let granted = 0;
  for (let request = 0; request < 10_000; request += 1) {
    budget.deposit();
    if (budget.withdraw()) granted += 1;
  }
  expect(granted).toBe(2_100);
});

// --- internal ---

function withRoute(
  engine: EngineName,
  service: string,
  stage: string,
  use: (proxy: TestProxy) => Promise<void>,
  config: { limits?: { answerWithinMs: number } } = {},
): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, service, stage), engine, ...config }, use);
}

async function ask(proxy: TestProxy, method: string, headers: Record<string, string> = {}, body?: string) {
  const answer = await fetch(`${proxy.url}/items/1`, { method, headers, ...(body === undefined ? {} : { body }) });
  await answer.arrayBuffer();
  return { status: answer.status, servedBy: answer.headers.get("x-served-by") ?? "" };
}
