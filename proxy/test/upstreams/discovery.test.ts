import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { parseRoutes, type RoutesSnapshot } from "../../src/routes/parse.ts";
import type { UpstreamReport } from "../../src/upstreams/report.ts";
import { createUpstreams, type Upstreams } from "../../src/upstreams/upstreams.ts";
import { startConsulServer, type ConsulServer } from "../kit/consul-server.ts";
import { startDnsServer, type DnsServer } from "../kit/dns-server.ts";

const TOKEN = "a-token-that-nobody-may-read";

type Stock = {
  upstreams: Upstreams;
  snapshot: RoutesSnapshot;
  report: () => UpstreamReport;
  /** Waits until exactly these get requests. */
  waitForInstances: (...instances: string[]) => Promise<unknown>;
  waitForFailure: (pattern: RegExp) => Promise<unknown>;
  log: string[];
};

/** Lends the instances of the service "stock", whose fields are given as YAML. */
async function withStock(folder: string, fields: string, use: (stock: Stock) => Promise<void>): Promise<void> {
  const log: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(chunk.toString());
      done();
    },
  });
  const text = `services:\n  monolith: { url: "http://127.0.0.1:1" }\n  stock: ${fields}\nroutes: []\n`;
  const snapshot = parseRoutes(path.join(folder, "routes.yaml"), text);
  const upstreams = createUpstreams({
    log: createLogger({ name: "test", level: "info", destination }),
    consulToken: TOKEN,
  });
  upstreams.apply(snapshot);
  const report = () => upstreams.report()[0] as UpstreamReport;
  const listed = () =>
    report()
      .instances.filter(({ state }) => state !== "draining")
      .map(({ instance }) => instance);
  const waitForInstances = (...expected: string[]) =>
    waitFor(`instances ${expected.join()}`, () => listed().toSorted().join() === expected.toSorted().join());
  const waitForFailure = (pattern: RegExp) =>
    waitFor(String(pattern), () => pattern.test(report().discovery?.failure ?? ""));
  try {
    await use({ upstreams, snapshot, report, waitForInstances, waitForFailure, log });
  } finally {
    upstreams.close();
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-discovery-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("instances from a file", () => {
  test("are followed through every change, and the last good list outlives a broken one, an empty one and none", async () => {
    const file = path.join(folder, "stock.json");
    await writeFile(file, JSON.stringify(["http://10.0.0.1:80", "http://10.0.0.2:8080/"]));
    await withStock(folder, `{ discovery: { file: stock.json } }`, async (stock) => {
      await stock.waitForInstances("http://10.0.0.1", "http://10.0.0.2:8080");

      await writeFile(`${file}.new`, `- http://10.0.0.2:8080\n- { url: "http://10.0.0.3:1", weight: 5 }\n`);
      await rename(`${file}.new`, file);
      await stock.waitForInstances("http://10.0.0.2:8080", "http://10.0.0.3:1");
      // One that has left without requests is forgotten.
      expect(stock.report().instances).toHaveLength(2);

      await writeFile(file, "- http://10.0.0.4/api");
      await stock.waitForFailure(/without a path/);
      await writeFile(file, "[]");
      await stock.waitForFailure(/empty/);
      await rm(file);
      await stock.waitForFailure(/there is no file/);
      await stock.waitForInstances("http://10.0.0.2:8080", "http://10.0.0.3:1");
      expect(stock.log.join("")).toContain("the last good list stays");

      await writeFile(file, "- http://10.0.0.5:1");
      await stock.waitForInstances("http://10.0.0.5:1");
      expect(stock.report().discovery).toMatchObject({
        failure: null,
        confirmedAt: expect.stringMatching(/Z$/) as unknown,
      });
    });
  });

  test("the address in `url` serves until something has been found", async () => {
    const fields = `{ url: "http://10.0.0.9:1", discovery: { file: later.yaml } }`;
    await withStock(folder, fields, async (stock) => {
      await stock.waitForFailure(/there is no file/);
      expect(stock.upstreams.pick(stock.snapshot, "stock")?.origin.href).toBe("http://10.0.0.9:1/");
      await writeFile(path.join(folder, "later.yaml"), "- http://10.0.0.10:1");
      await stock.waitForInstances("http://10.0.0.10:1");
    });
  });
});

describe("instances from DNS", () => {
  let dns: DnsServer;
  beforeEach(async () => {
    dns = await startDnsServer();
  });
  afterEach(() => dns.close());

  test("SRV records give ports, priorities and weights; a lower priority waits for the higher ones to be gone", async () => {
    dns.zone.set("_stock._tcp.test", [
      { type: "SRV", ttl: 0, target: "one.test", port: 8101, priority: 1, weight: 3 },
      { type: "SRV", ttl: 0, target: "two.test", port: 8102, priority: 2, weight: 0 },
    ]);
    dns.zone.set("one.test", [{ type: "A", ttl: 0, address: "10.1.0.1" }]);
    dns.zone.set("two.test", [{ type: "AAAA", ttl: 0, address: "fd00::2" }]);
    const fields = `{ discovery: { dns: { srv: _stock._tcp.test, server: "${dns.address}", atLeastSeconds: 0.05 } } }`;
    await withStock(folder, fields, async ({ upstreams, snapshot, waitForInstances, waitForFailure, report }) => {
      await waitForInstances("http://10.1.0.1:8101", "http://[fd00::2]:8102");
      const picked = () => upstreams.pick(snapshot, "stock")?.origin.host;
      expect([picked(), picked(), picked()]).toEqual(["10.1.0.1:8101", "10.1.0.1:8101", "10.1.0.1:8101"]);

      dns.zone.set("_stock._tcp.test", [
        { type: "SRV", ttl: 0, target: "two.test", port: 8102, priority: 2, weight: 0 },
      ]);
      await waitFor("the other priority", () => picked() === "[fd00::2]:8102");

      dns.zone.delete("_stock._tcp.test");
      await waitForFailure(/ENOTFOUND/);
      await waitFor("three leases ended there", () => report().instances.length === 2);
      expect(picked()).toBe("[fd00::2]:8102");
    });
  });

  test("A records are asked for again when their time is over, not before, and at most as often as allowed", async () => {
    dns.zone.set("stock.test", [
      { type: "A", ttl: 1, address: "10.2.0.1" },
      { type: "A", ttl: 60, address: "10.2.0.2" },
    ]);
    const address = `{ discovery: { dns: { host: stock.test, port: 8101, server: "${dns.address}", atLeastSeconds: 0.05 } } }`;
    await withStock(folder, address, async ({ waitForInstances }) => {
      await waitForInstances("http://10.2.0.1:8101", "http://10.2.0.2:8101");
      const askedAt = performance.now();
      const asked = () => dns.questions.filter((question) => question === "A stock.test").length;
      const before = asked();
      dns.zone.set("stock.test", [{ type: "A", ttl: 0, address: "10.2.0.3" }]);
      await waitForInstances("http://10.2.0.3:8101");
      expect(performance.now() - askedAt).toBeGreaterThan(900);
      expect(asked() - before).toBe(1);
      // From now on the TTL is 0 and the floor counts.
      await waitFor("two more questions", () => asked() - before >= 3);
      expect(performance.now() - askedAt).toBeGreaterThan(1_000);
    });
  });

  test("a server that falls silent leaves the list as it was, and says so", async () => {
    dns.zone.set("stock.test", [{ type: "A", ttl: 0, address: "10.3.0.1" }]);
    const address = `{ discovery: { dns: { host: stock.test, port: 80, server: "${dns.address}", atLeastSeconds: 0.05 } } }`;
    await withStock(folder, address, async ({ waitForInstances, waitForFailure, upstreams, snapshot }) => {
      await waitForInstances("http://10.3.0.1");
      dns.answering = false;
      await waitForFailure(/ETIMEOUT/);
      expect(upstreams.pick(snapshot, "stock")?.instance).toBe("http://10.3.0.1");
    });
  });
});

describe("instances from Consul", () => {
  let consul: ConsulServer;
  beforeEach(async () => {
    consul = await startConsulServer();
  });
  afterEach(() => consul.close());

  test("are told by blocking questions: one waits at a time, and a change arrives at once", async () => {
    consul.register([{ address: "10.4.0.1", port: 8101 }]);
    const fields = `{ discovery: { consul: { service: stock, url: "${consul.url}", tag: blue, datacenter: dc2 } } }`;
    await withStock(folder, fields, async ({ waitForInstances, report, log }) => {
      await waitForInstances("http://10.4.0.1:8101");
      await waitFor("a question that waits", () => consul.waiting() === 1);
      expect(consul.questions).toHaveLength(2);
      expect(consul.questions[0]).toMatchObject({
        path: "/v1/health/service/stock",
        index: 0,
        wait: null,
        token: TOKEN,
      });
      expect(consul.questions[0]?.query.toString()).toBe("passing=true&tag=blue&dc=dc2");
      expect(consul.questions[1]).toMatchObject({ index: 11, wait: "60s" });

      const changedAt = performance.now();
      consul.register([
        { address: "", node: "10.4.0.2", port: 8102 },
        { address: "10.4.0.1", port: 8101 },
      ]);
      await waitForInstances("http://10.4.0.1:8101", "http://10.4.0.2:8102");
      expect(performance.now() - changedAt).toBeLessThan(1_000);
      expect(JSON.stringify(report()) + log.join("")).not.toContain(TOKEN);
    });
  });

  test("an index that goes backwards is dropped, so that nothing is waited for in vain", async () => {
    consul.register([{ address: "10.5.0.1", port: 1 }]);
    await withStock(
      folder,
      `{ discovery: { consul: { service: stock, url: "${consul.url}" } } }`,
      async ({ waitForInstances }) => {
        await waitForInstances("http://10.5.0.1:1");
        await waitFor("a question that waits", () => consul.waiting() === 1);
        consul.restartAt(2);
        await waitFor("a question from the start", () => consul.questions.at(-1)?.index === 2);
        expect(consul.questions.map(({ index }) => index)).toEqual([0, 11, 0, 2]);
        consul.register([{ address: "10.5.0.2", port: 1 }]);
        await waitForInstances("http://10.5.0.2:1");
      },
    );
  });

  test("a Consul without a leader, without instances, or gone leaves the list as it was, and is asked ever more slowly", async () => {
    consul.register([{ address: "10.6.0.1", port: 1 }]);
    await withStock(
      folder,
      `{ discovery: { consul: { service: stock, url: "${consul.url}" } } }`,
      async ({ waitForInstances, waitForFailure, upstreams, snapshot }) => {
        await waitForInstances("http://10.6.0.1:1");
        await waitFor("a question that waits", () => consul.waiting() === 1);
        consul.register([]);
        await waitForFailure(/empty/);
        consul.status = 500;
        consul.restartAt(50);
        await waitForFailure(/answered 500/);
        await consul.close();
        await waitForFailure(/ECONNREFUSED/);
        expect(upstreams.pick(snapshot, "stock")?.instance).toBe("http://10.6.0.1:1");
        const asked = consul.questions.length;
        expect(asked).toBeLessThan(12);
      },
    );
  });
});
