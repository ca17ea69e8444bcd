import { appendFile, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { AuditEntry } from "../../src/control/audit/entry.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";

const TOKEN = "a-token-for-tests-only";

let monolith: Upstream;
let stock: Upstream;
beforeAll(async () => {
  monolith = await startUpstream("monolith");
  stock = await startUpstream("stock", (_request, response) => void response.writeHead(500).end());
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("a change by the admin port", () => {
  test("needs the version it is based on, and gives the next one", () =>
    withApi("stage: monolith", async ({ ask, proxy }) => {
      const etag = (await ask("GET", "/routes")).headers.get("etag") ?? "";
      const change = (ifMatch?: string) => ask("PUT", "/routes/items/stage", { stage: "shadow" }, ifMatch);

      expect((await change()).status).toBe(428);
      expect((await change('"000000000000"')).status).toBe(412);
      const made = await change(etag);
      expect(made.status).toBe(200);
      expect((await change(etag)).status).toBe(412);

      expect(await readFile(proxy.routesFile, "utf8")).toContain("stage: shadow");
      const next = made.headers.get("etag");
      await waitFor("the version in force", async () => (await ask("GET", "/routes")).headers.get("etag") === next);
    }));

  test("as a dry run says what it would mean, and changes nothing", () =>
    withApi("stage: canary\npercent: 10\nreached: canary", async ({ ask, proxy }) => {
      const before = await readFile(proxy.routesFile, "utf8");
      for (let customer = 0; customer < 40; customer += 1) {
        await (await fetch(`${proxy.url}/items/1`, { headers: { cookie: `sid=${customer}` } })).text();
      }
      const foresee = () => ask("PUT", "/routes/items/stage?dryRun", { stage: "canary", percent: 60 });

      const { effects } = await waitFor("the requests to be counted", async () => {
        const body = (await (await foresee()).json()) as { effects: { lastMinute: { service: number } | null }[] };
        return (body.effects[0]?.lastMinute?.service ?? 0) > 0 ? body : undefined;
      });

      expect(effects[0]).toMatchObject({
        id: "items",
        customersMoved: { share: 0.5, to: "service" },
        warnings: [
          expect.stringMatching(/^the service is failing: \d+ of \d+ requests in the last minute$/),
          "no shadow comparison yet",
        ],
      });
      expect(await readFile(proxy.routesFile, "utf8")).toBe(before);
    }));

  test.each([
    [{ stage: "service" }, 409, "STAGE_JUMP"],
    [{ stage: "service", force: true }, 409, "FORCE_WITHOUT_REASON"],
    [{ stage: "canary", force: true, reason: "x" }, 409, "PERCENT_MISSING"],
    [{ stage: "shadow", percent: 5 }, 409, "PERCENT_USELESS"],
    [{ stage: "nowhere" }, 400, undefined],
    [{ stage: "shadow", stagee: 1 }, 400, undefined],
  ])("%j is refused with %d", (body, status, code) =>
    withApi("stage: monolith", async ({ ask, proxy }) => {
      const before = await readFile(proxy.routesFile, "utf8");

      const answer = await ask("PUT", "/routes/items/stage", body, "*");

      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject(code === undefined ? { status } : { status, code });
      expect(await readFile(proxy.routesFile, "utf8")).toBe(before);
    }),
  );

  test("of a route that is not there, or of all at once, is not found", () =>
    withApi("stage: monolith", async ({ ask }) => {
      expect((await ask("PUT", "/routes/itens/stage", { stage: "shadow" }, "*")).status).toBe(404);
      expect((await ask("PUT", "/routes/*/stage", { stage: "shadow" }, "*")).status).toBe(404);
    }));
});

describe("the log, seen through the admin port", () => {
  test("is paged, and says whether it is whole", () =>
    withApi("stage: monolith", async ({ ask }) => {
      for (const stage of ["shadow", "monolith", "shadow"]) await ask("PUT", "/routes/items/stage", { stage }, "*");
      type Page = { entries: AuditEntry[]; more: boolean; verified: boolean; end: { seq: number } };
      const page = async (query: string) => (await (await ask("GET", `/audit?${query}`)).json()) as Page;

      const first = await page("limit=3");
      const second = await page("limit=3&before=2");

      expect(first).toMatchObject({ more: true, verified: true, end: { seq: 4 } });
      expect(first.entries.map(({ seq }) => seq)).toEqual([4, 3, 2]);
      expect([second.more, second.entries.map(({ seq }) => seq)]).toEqual([false, [1]]);
    }));

  test("whose end was cut off is known by the proxy that has seen it", () =>
    withApi("stage: monolith", async ({ ask, proxy }) => {
      for (const stage of ["shadow", "monolith"]) await ask("PUT", "/routes/items/stage", { stage }, "*");
      const verified = async () =>
        ((await (await ask("GET", "/audit?verify")).json()) as { verified: boolean }).verified;
      expect(await verified()).toBe(true);

      const log = proxy.routesFile.replace(/yaml$/, "audit.jsonl");
      const lines = (await readFile(log, "utf8")).split("\n");
      await writeFile(log, `${lines.slice(0, 2).join("\n")}\n`);

      expect(await verified()).toBe(false);
    }));

  test("has what an editor did to the file, a moment later", () =>
    withApi("stage: monolith", async ({ ask, proxy }) => {
      await ask("PUT", "/routes/items/stage", { stage: "shadow" }, "*");
      await appendFile(proxy.routesFile, "# by hand\n");

      const entry = await waitFor("the entry", async () => {
        const { entries } = (await (await ask("GET", "/audit?limit=1")).json()) as { entries: AuditEntry[] };
        return entries[0]?.action === "edited outside" ? entries[0] : undefined;
      });
      expect(entry).toMatchObject({ seq: 3, actor: "outside", changes: [] });
    }));
});

test("replicas of one file see each other, and what each of them has in force", () =>
  withApi("stage: monolith", async ({ ask, proxy }) => {
    await withProxy({ routes: "", routesFile: proxy.routesFile }, async () => {
      type Answer = { version: string; self: string; replicas: { id: string; version: string; state: string }[] };
      const both = await waitFor("both replicas", async () => {
        const answer = (await (await ask("GET", "/replicas")).json()) as Answer;
        return answer.replicas.length === 2 ? answer : undefined;
      });
      expect(both.replicas.map(({ state }) => state)).toEqual(["applied", "applied"]);

      await writeFile(proxy.routesFile, "nonsense");

      await waitFor("both refusals", async () => {
        const { replicas } = (await (await ask("GET", "/replicas")).json()) as Answer;
        return replicas.every(({ state }) => state === "refused");
      });
    });
  }));

describe("the OpenAPI document", () => {
  test("describes every path there is, and every answer is as it says", () =>
    withApi("stage: monolith", async ({ ask }) => {
      const api = (await (await ask("GET", "/openapi.json")).json()) as OpenApi;
      const notFound = (await (await ask("GET", "/nothing")).json()) as { detail: string };
      const described = Object.entries(api.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(described.sort()).toEqual(
        notFound.detail
          .replace(/^There is: |\.$/g, "")
          .split(", ")
          .sort(),
      );

      for (const [path, methods] of Object.entries(api.paths)) {
        for (const [method, { responses }] of Object.entries(methods))
          await checkAnswer(api, ask, method, path, responses);
      }
    }));
});

// --- internal ---

type Ask = (method: string, path: string, body?: unknown, ifMatch?: string) => Promise<Response>;
type Responses = Record<string, { content: Record<string, { schema: object }> }>;
type OpenApi = { openapi: string; paths: Record<string, Record<string, { responses: Responses }>>; components: object };

const QUESTIONS: Record<string, string> = { "/explain": "?target=/items/7&header=x-a:%201", "/audit": "?limit=5" };

/** Asks one endpoint rightly and one of its problems, and holds both against their schemas. */
async function checkAnswer(api: OpenApi, ask: Ask, method: string, path: string, responses: Responses): Promise<void> {
  const filled = path.replace("{id}", "items") + (QUESTIONS[path] ?? "");
  const body = path.endsWith("/stage") ? { stage: "monolith" } : undefined;
  const answer = await ask(method.toUpperCase(), filled, body, "*");
  const type = (answer.headers.get("content-type") ?? "").split(";", 1)[0] ?? "";
  const schema = responses[String(answer.status)]?.content[type]?.schema;

  expect(`${method} ${path}: ${answer.status} ${type} ${schema === undefined ? "not " : ""}described`).toMatch(
    /: 20[02] (application\/json|text\/plain) described$/,
  );
  if (type !== "application/json") return;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile({ ...schema, components: api.components });
  expect([`${method} ${path}`, validate(await answer.json()), validate.errors]).toEqual([
    `${method} ${path}`,
    true,
    null,
  ]);
}

async function withApi(stage: string, use: (given: { ask: Ask; proxy: TestProxy }) => Promise<void>): Promise<void> {
  await withProxy({ routes: routesText(monolith.url, stock.url, stage), adminToken: TOKEN }, async (proxy) => {
    const ask: Ask = (method, path, body, ifMatch) =>
      fetch(proxy.adminUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(ifMatch !== undefined && { "if-match": ifMatch }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    await use({ ask, proxy });
  });
}
