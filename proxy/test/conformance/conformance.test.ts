import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger } from "@strangler/platform";
import { createTrustedProxies } from "../../src/guard/trusted-proxies.ts";
import { ENGINE_NAMES, startProxy, type EngineName, type Proxy } from "../../src/index.ts";
import { routesText } from "../kit/with-proxy.ts";
import type { Case, Seen } from "./case.ts";
import { CASES } from "./cases/all.ts";
import { play, type Outcome } from "./lab.ts";
import { startRawUpstream, type RawUpstream } from "./raw-upstream.ts";

const LIMITS = {
  headersWithinMs: 700,
  requestWithinMs: 1_000,
  answerWithinMs: 700,
  silenceMs: 700,
};

// One proxy for all cases of an engine: what one of them leaves behind, the next one meets.
for (const engine of ENGINE_NAMES) {
  describe(`behind the engine ${engine}`, () => {
    let folder = "";
    let upstream: RawUpstream;
    let proxy: Proxy;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "strangler-conformance-"));
      upstream = await startRawUpstream();
      proxy = await startLab(engine, folder, upstream.url);
    });
    afterAll(async () => {
      await proxy.close(0);
      await upstream.close();
      await rm(folder, { recursive: true, force: true });
    });

    describe.each(Object.entries(CASES))("%s", (_about, cases) => {
      test.each(cases.map((each) => [`${each.name} (${each.rule})`, each] as const))("%s", async (_name, each) => {
        judge(each, await play(proxy.url, upstream, each));
      });
    });
  });
}

test("there are more than 200 cases, each with a name of its own", () => {
  const names = Object.values(CASES).flatMap((cases) => cases.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(200);
});

// --- internal ---

async function startLab(engine: EngineName, folder: string, upstream: string): Promise<Proxy> {
  const routesFile = path.join(folder, "routes.yaml");
  await writeFile(routesFile, routesText(upstream, upstream, "stage: service"));
  const listeners = { host: "127.0.0.1", port: 0, adminHost: "127.0.0.1", adminPort: 0 };
  const config = { routesFile, ...listeners, isTrusted: createTrustedProxies([]), engine, limits: LIMITS };
  return startProxy(config, createLogger({ name: "proxy", level: "silent" }));
}

function judge(each: Case, { answers, received, seen, connection, marker }: Outcome): void {
  const statuses = answers.map(({ status }) => status);
  if (each.cut !== true || statuses.length > 0) expect([wanted(each), [each.orElse]]).toContainEqual(statuses);
  expect(answers.map(({ complete }) => complete)).toEqual(statuses.map(() => each.cut !== true));
  if (each.body !== undefined) expect(answers.at(-1)?.body).toBe(each.body);
  for (const pattern of [each.shows ?? []].flat()) expect(received).toMatch(pattern);
  for (const pattern of [each.hides ?? []].flat()) expect(received).not.toMatch(pattern);
  if (each.upstream === "nothing") expect(seen).toEqual([]);
  else if (each.upstream !== undefined) judgeSeen(each.upstream, seen);
  if (each.connection !== "either") expect(connection).toBe(each.connection);
  expect(marker).toMatch(/^marker \d+$/);
}

function wanted({ expect: statuses }: Case): readonly number[] {
  return statuses === "closed" ? [] : [statuses].flat();
}

function judgeSeen({ requests, sees, misses }: Seen, seen: readonly string[]): void {
  if (requests !== undefined) expect(seen).toHaveLength(requests);
  const [first = ""] = seen;
  for (const pattern of [sees ?? []].flat()) expect(first).toMatch(pattern);
  for (const pattern of [misses ?? []].flat()) expect(first).not.toMatch(pattern);
}
