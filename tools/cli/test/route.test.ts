import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { createFileStore, startProxy, type Proxy, type ReplicaStatus, type WatchReport } from "@strangler/proxy";
import { withDatabase } from "@strangler/test-kit";
import { strangler } from "./strangler.ts";

const ROUTES = `services:
  monolith: { url: "http://127.0.0.1:1" }
  stock: { url: "http://127.0.0.1:2" }
sticky: { cookie: sid }
override: { header: x-strangler-route, cookie: tester }
routes:
  - id: item-list # all of them
    match: { methods: [GET, HEAD], path: /items }
    service: stock
    stage: monolith
  - id: item-one
    match: { methods: [GET, HEAD], path: /items/:id }
    service: stock
    stage: canary
    percent: 10
    reached: canary
`;

let folder = "";
let file = "";

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-cli-route-"));
  await cp(path.resolve(import.meta.dirname, "../../../plan/schema"), path.join(folder, "plan/schema"), {
    recursive: true,
  });
  file = path.join(folder, "plan/routes.yaml");
  await writeFile(file, ROUTES);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("strangler route list", () => {
  test("shows every route in 80 columns", async () => {
    const { status, out } = await route("list");

    expect(status).toBe(0);
    expect(out).toBe(`route      match           stage        service
item-list  GET /items      monolith     stock
item-one   GET /items/:id  canary 10 %  stock
`);
  });

  test("adds what a running proxy has counted", () =>
    withProxy(async (proxy) => {
      await fetch(`${proxy.url}/items`);
      await fetch(`${proxy.url}/items`);

      const { out } = await route("list", "--admin", proxy.adminUrl);

      expect(out).toMatch(/^route +match +stage +mono +svc +5xx +diff\nitem-list +GET \/items +monolith +2 +0 +2 +0\n/);
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(88);
    }));

  test("names the line of a wrong file: status 3", async () => {
    await writeFile(file, ROUTES.replace("GET, HEAD", "GE, HEAD"));

    const { status, err } = await route("list");

    expect(status).toBe(3);
    expect(err).toMatch(/^plan\/routes\.yaml:8:\d+: .* "GE" is no method: did you mean "GET"\.\n$/);
  });

  test("as JSON has everything", async () => {
    const { out } = await route("list", "--json");

    expect(JSON.parse(out)).toEqual({
      file: "plan/routes.yaml",
      version: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
      inForce: null,
      reloadError: null,
      routes: [
        {
          ...{ id: "item-list", match: "GET,HEAD /items", service: "stock", stage: "monolith", percent: null },
          ...{ reached: "monolith", counters: null },
        },
        {
          ...{ id: "item-one", match: "GET,HEAD /items/:id", service: "stock", stage: "canary", percent: 10 },
          ...{ reached: "canary", counters: null },
        },
      ],
    });
  });
});

describe("strangler route set", () => {
  test("changes several routes in one edit, and says what it did", async () => {
    const { status, out } = await route("set", "item-*", "shadow");

    expect(status).toBe(0);
    expect(out).toBe(`item-list  monolith -> shadow
item-one   canary 10 % -> shadow
Written. No proxy has confirmed it.
`);
    expect(await readFile(file, "utf8")).toContain("id: item-list # all of them");
    expect(await readFile(file, "utf8")).toContain("stage: shadow\n    reached: shadow\n  - id: item-one");
  });

  test("waits until a running proxy has it in force", () =>
    withProxy(async (proxy) => {
      const { out } = await route("set", "item-one", "canary", "--percent", "50", "--admin", proxy.adminUrl);

      expect(out).toMatch(/^item-one {2}canary 10 % -> canary 50 %\nIn force at the proxy after \d+ ms\.\n$/);
    }));

  test("refuses a jump with status 5, changes nothing, and goes with --force", async () => {
    const refused = await route("set", "item-list", "service");

    expect(refused).toMatchObject({ status: 5, out: "" });
    expect(refused.err).toMatch(/never been in shadow or canary\. Nothing was changed\. .*--force/);
    expect(await readFile(file, "utf8")).toBe(ROUTES);

    const unreasoned = await route("set", "item-list", "service", "--force");
    expect(unreasoned).toMatchObject({ status: 2, err: expect.stringContaining("--reason") as unknown });
    const forced = ["set", "item-list", "service", "--force", "--reason", "the monolith is on fire"];
    expect(await route(...forced)).toMatchObject({ status: 0 });
    expect(await route("set", "--all-of", "stock", "monolith")).toMatchObject({ status: 0 });
    expect(await route("set", "item-list", "service")).toMatchObject({ status: 0 });
  });

  test("as a dry run writes nothing", async () => {
    const { out } = await route("set", "item-list", "shadow", "--dry-run");

    expect(out).toBe("item-list  monolith -> shadow\nNothing was written: this was a dry run.\n");
    expect(await readFile(file, "utf8")).toBe(ROUTES);
  });

  test("as a dry run says whom it concerns, and what speaks against it", () =>
    withProxy(async (proxy) => {
      await fetch(`${proxy.url}/items/7`);
      const dryRun = [
        "set",
        "item-one",
        "--stage",
        "canary",
        "--percent",
        "50",
        "--dry-run",
        "--admin",
        proxy.adminUrl,
      ];

      const { out } = await waitFor("the request to be counted", async () => {
        const outcome = await route(...dryRun);
        return outcome.out.includes("1 requests") ? outcome : undefined;
      });

      expect(out).toMatch(
        /^item-one {2}canary 10 % -> canary 50 %\n {4}40 % of the customers move to the service; 1 requests/,
      );
      expect(out).toContain("    ! no shadow comparison yet\nNothing was written");
      expect(await readFile(file, "utf8")).toBe(ROUTES);
    }));

  test("refuses with status 5 what is based on routes that are no longer these", async () => {
    const { version } = JSON.parse((await route("list", "--json")).out) as { version: string };
    expect(await route("set", "item-list", "shadow", "--if-version", version)).toMatchObject({ status: 0 });

    const late = await route("set", "item-list", "monolith", "--if-version", version);

    expect(late).toMatchObject({ status: 5, out: "" });
    expect(late.err).toContain("Somebody else changed plan/routes.yaml meanwhile. Nothing was written.");
  });

  test("shows the word of every replica, and ends with status 1 when one refuses", () =>
    withProxy(() =>
      withProxy(async () => {
        const applied = await route("set", "item-list", "shadow");
        expect(applied.status).toBe(0);
        expect(applied.out.match(/^http:\/\/127\.0\.0\.1:\d+ +applied +\d+ ms$/gm)).toHaveLength(2);

        await announce({
          refused: { version: await nextVersion("item-list", "monolith"), reason: "an older program" },
        });
        const refused = await route("set", "item-list", "monolith");

        expect(refused.status).toBe(1);
        expect(refused.out).toMatch(/^elsewhere 1 +refused +an older program$/m);
      }),
    ));

  test("as JSON names before and after", async () => {
    const { out } = await route("set", "item-one", "canary", "--percent", "20", "--json");

    expect(JSON.parse(out)).toMatchObject({
      dryRun: false,
      changes: [{ id: "item-one", before: { stage: "canary", percent: 10 }, after: { stage: "canary", percent: 20 } }],
      inForceAfterMs: null,
    });
  });

  test.each([
    [["set", "item-list", "shadw"], `The last word must be a stage, and "shadw" is none. Did you mean "shadow"?`],
    [["set", "shadow"], "Which routes shall be in stage shadow? Name their ids before the stage"],
    [["set", "item-lst", "shadow"], `No route is called "item-lst" in plan/routes.yaml. Did you mean "item-list"?`],
    [["set", "item-list", "canary"], "Stage canary needs a share of customers for item-list."],
    [["set", "item-list", "shadow", "--percent", "5"], "Stage shadow has no percent"],
    [["explain", "GET", "/", "-H", "nonsense"], `"nonsense" is no header. Write it as "name: value".`],
  ])("%j: one sentence, status 2", async (words, sentence) => {
    const { status, err } = await route(...words);

    expect(status).toBe(2);
    expect(err).toContain(sentence);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

describe("strangler route audit", () => {
  test("tells who changed what, when and why, and gives the routes of any instant", async () => {
    await route("set", "item-list", "shadow", "--reason", "to compare");
    const { entries } = JSON.parse((await route("audit", "--json")).out) as { entries: { at: string }[] };

    const { out } = await route("audit");

    expect(out).toMatch(
      /^ {3}2 {2}\S+Z {2}os:\S+ {2}set stages {2}[0-9a-f]{12}\n {6}item-list {2}monolith -> shadow\n {6}"to compare"$/m,
    );
    expect((await route("audit", "--at", entries[1]?.at ?? "")).out).toBe(ROUTES);
    expect((await route("audit", "--at", entries[0]?.at ?? "")).out).toBe(await readFile(file, "utf8"));
  });

  test("verifies the chain: status 0, or 1 and the entry that was touched", async () => {
    await route("set", "item-list", "shadow");
    await route("set", "item-list", "monolith");
    const whole = await route("audit", "--verify");
    expect(whole).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^3 entries, an unbroken chain\. It ends at 3:/) as unknown,
    });
    const end = /ends at (\S+)/.exec(whole.out)?.[1] ?? "";

    const log = path.join(folder, "plan/routes.audit.jsonl");
    const lines = (await readFile(log, "utf8")).split("\n");
    await writeFile(
      log,
      lines.map((line, index) => (index === 1 ? line.replace("item-list", "item-lisp") : line)).join("\n"),
    );
    expect(await route("audit", "--verify")).toMatchObject({
      status: 1,
      out: expect.stringContaining("entry 2 has another hash than its content") as unknown,
    });

    await writeFile(log, `${lines.slice(0, 2).join("\n")}\n`);
    const cut = await route("audit", "--verify", "--end", end);
    expect(cut).toMatchObject({
      status: 1,
      out: expect.stringContaining("entry 3, known from elsewhere, is gone") as unknown,
    });
  });
});

describe("routes in PostgreSQL", () => {
  test("are put in once, and then set, followed and verified as those in a file", () =>
    withDatabase(undefined, async ({ url }) => {
      const env = { ROUTES_STORE: "postgres", ROUTES_DATABASE_URL: url };
      const there = (...words: string[]) =>
        strangler(["route", ...words, "--admin", "http://127.0.0.1:9", "--plan", "plan"], { cwd: folder, env });

      expect(await there("store", "init")).toMatchObject({
        status: 0,
        out: "The tables are made.\nThe routes of the plan are in.\n",
      });
      expect((await there("store", "init")).out).toBe(
        "The tables were there.\nRoutes were in; they stay as they are.\n",
      );
      expect((await there("set", "item-list", "shadow")).out).toMatch(/^item-list {2}monolith -> shadow\n/);
      expect((await there("list")).out).toMatch(/^item-list .* shadow /m);
      expect(await there("audit", "--verify")).toMatchObject({ status: 0 });
      expect(await readFile(file, "utf8")).toBe(ROUTES);
    }));

  test("without an address are no routes: status 3; out of reach: status 4, without the password", async () => {
    const ask = (env: Record<string, string>) => strangler(["route", "list", "--plan", "plan"], { cwd: folder, env });

    const missing = await ask({ ROUTES_STORE: "postgres" });
    const away = await ask({ ROUTES_STORE: "postgres", ROUTES_DATABASE_URL: "postgres://a:secret@127.0.0.1:9/b" });

    expect(missing).toMatchObject({ status: 3, err: expect.stringContaining("ROUTES_DATABASE_URL") as unknown });
    expect(away).toMatchObject({ status: 4, err: expect.stringContaining("database b at 127.0.0.1:9") as unknown });
    expect(away.err).not.toContain("secret");
  });
});

describe("strangler route token", () => {
  test("makes a token that is shown once and kept as a hash, for one name until it is revoked", async () => {
    const tokens = path.join(folder, "tokens.yaml");
    const token = (...words: string[]) => strangler(["route", "token", ...words, "--file", tokens], { cwd: folder });

    const made = await token("create", "--role", "operator", "--name", "anna");
    expect(made).toMatchObject({ status: 0, out: expect.stringMatching(/^strangler_[\w-]{43}\n$/) as unknown });
    expect(await readFile(tokens, "utf8")).not.toContain(made.out.trim());
    expect((await stat(tokens)).mode & 0o777).toBe(0o600);
    expect(await token("create", "--role", "viewer", "--name", "anna")).toMatchObject({ status: 2 });
    expect((await token("list")).out).toMatch(/^anna +operator +\S+Z$/m);
    expect(await token("revoke", "--name", "anna")).toMatchObject({ status: 0 });
    expect(await token("revoke", "--name", "anna")).toMatchObject({ status: 2 });
  });
});

describe("strangler route watch", () => {
  test("shows the verdict on each canary with its numbers", () =>
    withProxy(async (proxy) => {
      await waitFor("the first look", async () =>
        (await route("watch", "--admin", proxy.adminUrl)).out.includes("item-one"),
      );
      const { status, out } = await route("watch", "--admin", proxy.adminUrl);

      expect(status).toBe(0);
      expect(out).toBe("item-one  canary 10 %  not enough traffic\n  the candidate has not been asked yet\n");
      const { routes, moves } = JSON.parse(
        (await route("watch", "--json", "--admin", proxy.adminUrl)).out,
      ) as WatchReport;
      expect(routes).toMatchObject([{ route: "item-one", verdict: "not enough traffic", rollsBack: true }]);
      expect(moves).toEqual([]);
    }));

  test("says where no proxy answers: status 4", async () => {
    const { status, err } = await route("watch", "--admin", "http://127.0.0.1:1");

    expect(err).toContain("No proxy answers at http://127.0.0.1:1.");
    expect(status).toBe(4);
  });
});

describe("strangler route explain", () => {
  test("says which route, which bucket, who answers and why", async () => {
    const { status, out } = await route("explain", "get", "/items/7?a=b", "--customer", "ann");

    expect(status).toBe(0);
    expect(out).toMatch(/^request {2}GET \/items\/7$/m);
    expect(out).toMatch(/^route {4}item-one \(GET,HEAD \/items\/:id\)$/m);
    expect(out).toMatch(/^bucket {3}\d+$/m);
    expect(out).toMatch(/"ann" is in bucket \d+, so (monolith|stock) answers\./);
  });

  test("takes headers into account", async () => {
    const { out } = await route("explain", "GET", "/items", "-H", "X-Strangler-Route: always", "--json");

    expect(JSON.parse(out)).toMatchObject({
      answeredBy: "monolith",
      override: { where: "the header x-strangler-route", choice: null, problem: "not signed" },
    });
  });
});

describe("strangler route override", () => {
  const secret = { PROXY_SECRET: "a-secret-that-only-the-proxy-knows" };

  test("makes a header and a cookie that explain, and so the proxy, knows", async () => {
    const made = await routeWith(secret, "override", "--always", "--route", "item-list", "--for", "2h");
    const [, header = ""] = /^header {3}(.*)$/m.exec(made.out) ?? [];
    const [, cookie = ""] = /^cookie {3}(.*)$/m.exec(made.out) ?? [];
    expect(made.out).toMatch(/^chooses {2}always on item-list, until \d{4}-/);

    for (const field of [header, `cookie: a=1; ${cookie}`]) {
      const { out } = await routeWith(secret, "explain", "GET", "/items", "-H", field, "--json");
      expect(JSON.parse(out)).toMatchObject({ answeredBy: "stock", because: "override" });
    }
    const elsewhere = await routeWith(secret, "explain", "GET", "/items/1", "-H", header, "--json");
    expect(JSON.parse(elsewhere.out)).toMatchObject({ override: { choice: null, problem: "for another route" } });
  });

  test.each([
    [["--route", "item-list"], 2, "Say --always (the service) or --never (the monolith)."],
    [["--never", "--route", "item-lst"], 2, `No route is called "item-lst". Did you mean "item-list"?`],
    [["--never", "--for", "2 hours"], 2, `"2 hours" is no time from 1s to 30d.`],
  ])("%j: one sentence", async (words, status, sentence) => {
    const outcome = await routeWith(secret, "override", ...words);

    expect(outcome).toMatchObject({ status, out: "" });
    expect(outcome.err).toContain(sentence);
  });

  test("needs a secret that is long enough, and does not repeat it", async () => {
    const without = await route("override", "--always");
    const short = await routeWith({ PROXY_SECRET: "hush-hush" }, "override", "--always");

    expect(without).toMatchObject({ status: 3, out: "" });
    expect(without.err).toContain("There is no secret to sign with. Set PROXY_SECRET");
    expect(short.status).toBe(3);
    expect(short.err).toContain("PROXY_SECRET: a secret has at least 32 characters");
    expect(short.err).not.toContain("hush");
  });
});

// --- internal ---

// Nobody listens on port 9 of this machine, so that a proxy which happens to run is not asked.
async function route(...args: string[]) {
  return routeWith({}, ...args);
}

async function routeWith(env: Record<string, string>, ...args: string[]) {
  const admin = args.includes("--admin") ? [] : ["--admin", "http://127.0.0.1:9"];
  return strangler(["route", ...args, ...admin, "--plan", "plan"], { cwd: folder, env });
}

/** Puts a replica into the register that is not there, with a word of its own. */
async function announce(word: Pick<ReplicaStatus, "refused">): Promise<void> {
  const status = { id: "far-away", host: "elsewhere", pid: 1, adminUrl: null, version: "0".repeat(12), swapMs: 0 };
  await createFileStore(file).replicas.announce({ ...status, appliedAt: new Date().toISOString(), ...word });
}

async function nextVersion(id: string, stage: string): Promise<string> {
  const { out } = await route("set", id, stage, "--dry-run", "--json");
  return (JSON.parse(out) as { after: string }).after;
}

async function withProxy(use: (proxy: Proxy) => Promise<void>): Promise<void> {
  const silent = createLogger({ name: "test", level: "silent" });
  const upstream = createServer((_request, response) => void response.writeHead(500).end());
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const proxy = await startProxy(
    {
      ...{ routesFile: file, host: "127.0.0.1", port: 0, adminHost: "127.0.0.1", adminPort: 0 },
      ...{ isTrusted: () => false, upstreams: { monolith: url, stock: url } },
    },
    silent,
  );
  try {
    await use(proxy);
  } finally {
    await proxy.close(0);
    upstream.close();
  }
}
