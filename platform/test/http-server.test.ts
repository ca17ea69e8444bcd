import { afterEach, describe, expect, test } from "@jest/globals";
import { createLogger, HttpProblem, PortTakenError, startHttpServer, type HttpServer } from "../src/index.ts";

const log = createLogger({ name: "test", level: "silent" });
const open: HttpServer[] = [];

async function start(options: Partial<Parameters<typeof startHttpServer>[0]> = {}): Promise<HttpServer> {
  const server = await startHttpServer({
    name: "test",
    host: "127.0.0.1",
    port: 0,
    log,
    routes: () => undefined,
    readiness: async () => undefined,
    ...options,
  });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

describe("a service's HTTP server", () => {
  test("says that it lives, whether it is ready, and what it has measured", async () => {
    const { url } = await start({ routes: (app) => app.get("/figs/:id", (_request, response) => response.json({})) });
    await fetch(`${url}/figs/7`);

    const live = await fetch(`${url}/livez`);
    const ready = await fetch(`${url}/readyz`);
    const metrics = await (await fetch(`${url}/metrics`)).text();

    expect([live.status, ready.status]).toEqual([200, 200]);
    expect(metrics).toContain('route="/figs/:id"');
    expect(metrics).not.toContain("/figs/7");
  });

  test("names what is missing while it is not ready", async () => {
    const { url } = await start({ readiness: async () => "the database does not answer" });

    const answer = await fetch(`${url}/readyz`);

    expect(answer.status).toBe(503);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 503, detail: "the database does not answer" });
  });

  test("answers a foreseen refusal with its problem, and an unforeseen fault without its story", async () => {
    const { url } = await start({
      routes: (app) => {
        app.get("/refused", () => {
          throw new HttpProblem(409, "Conflict", "The fig is taken.");
        });
        app.get("/broken", () => {
          throw new Error("password=secret");
        });
      },
    });

    const refused: unknown = await (await fetch(`${url}/refused`)).json();
    const broken = await (await fetch(`${url}/broken`)).text();

    expect(refused).toEqual({
      type: "about:blank",
      title: "Conflict",
      status: 409,
      detail: "The fig is taken.",
      instance: "/refused",
    });
    expect(broken).toContain("Internal Server Error");
    expect(broken).not.toContain("secret");
  });

  test("goes on with the caller's request id and trace, and begins its own where there is none", async () => {
    const { url } = await start();
    const traceId = "0af7651916cd43dd8448eb211c80319c";

    const known = await fetch(`${url}/livez`, {
      headers: { "x-request-id": "order-7", traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    const unknown = await fetch(`${url}/livez`, {
      headers: { "x-request-id": "not valid!", traceparent: `00-${"0".repeat(32)}-b7ad6b7169203331-01` },
    });

    expect(known.headers.get("x-request-id")).toBe("order-7");
    expect(known.headers.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(unknown.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(unknown.headers.get("traceparent")).not.toContain("0".repeat(32));
  });

  test("sends security headers, and leaves what concerns the whole host to the edge", async () => {
    const { url } = await start();

    const { headers } = await fetch(`${url}/livez`);

    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.has("strict-transport-security")).toBe(false);
  });

  test("refuses a body that is too large", async () => {
    const { url } = await start({
      bodyLimit: "1kb",
      routes: (app) => app.post("/figs", (_request, response) => response.json({})),
    });

    const answer = await fetch(`${url}/figs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "x".repeat(2000) }),
    });

    expect(answer.status).toBe(413);
  });

  test("lets an open request finish before it closes", async () => {
    let finish = () => {};
    let arrived = () => {};
    const underWay = new Promise<void>((resolve) => (arrived = resolve));
    const { url } = await start({
      routes: (app) =>
        app.get("/slow", (_request, response) => {
          finish = () => response.json({ done: true });
          arrived();
        }),
    });
    const request = fetch(`${url}/slow`);
    await underWay;

    const closed = open.splice(0)[0]?.close();
    finish();

    expect(await (await request).json()).toEqual({ done: true });
    await closed;
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test("says in one sentence that its port is taken", async () => {
    const { port } = await start();

    await expect(start({ port })).rejects.toThrow(PortTakenError);
    await expect(start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
  });
});
