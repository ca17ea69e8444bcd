import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  findNginxModule,
  missingEngine,
  startEnvoy,
  startHaproxy,
  startNginx,
  waitFor,
  type EngineConfig,
  type RunningEngine,
} from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import type { HashName } from "../../src/customer/hash.ts";
import { exportRoutes } from "../../src/export/export-routes.ts";
import type { ExportEngine } from "../../src/export/engines.ts";
import { parseRoutes, type RoutesSnapshot } from "../../src/routes/parse.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { withProxy } from "../kit/with-proxy.ts";
import { createAsker, forEach, type SampleAnswer } from "./ask.ts";
import { expectedFor, type Expected } from "./expected.ts";
import { sampleRequests, sampleRoutes } from "./samples.ts";

const SAMPLES = 10_000;
const NJS = findNginxModule("ngx_http_js_module.so");
const NO_NJS =
  missingEngine("nginx") ?? (NJS === undefined ? "no njs here (apt-get install libnginx-mod-http-js)" : undefined);

type Case = {
  engine: ExportEngine;
  hash: HashName;
  /** The hash of some of the routes. */
  other?: HashName;
  by: string;
  missing: string | undefined;
  start: (config: EngineConfig) => Promise<RunningEngine>;
  mirrors: boolean;
  /** Whether the path is forwarded in canonical form. */
  canonical: boolean;
};

const nginx = { engine: "nginx", mirrors: true, canonical: false } as const;
const haproxy = {
  engine: "haproxy",
  missing: missingEngine("haproxy"),
  start: startHaproxy,
  mirrors: false,
  canonical: true,
} as const;
const envoy = {
  engine: "envoy",
  missing: missingEngine("envoy"),
  start: startEnvoy,
  mirrors: true,
  canonical: true,
} as const;

const CASES: Case[] = [
  { ...nginx, hash: "murmur2-range", by: "nginx as it is", missing: missingEngine("nginx"), start: startNginx },
  { ...nginx, hash: "xxh32-mod", other: "murmur2-range", by: "nginx with njs", missing: NO_NJS, start: startWithNjs },
  { ...haproxy, hash: "xxh32-mod", by: "HAProxy as it is" },
  { ...haproxy, hash: "murmur2-range", other: "xxh32-mod", by: "HAProxy with Lua" },
  { ...envoy, hash: "xxh32-mod", other: "murmur2-range", by: "Envoy" },
];

let upstreams: Upstream[] = [];

beforeAll(async () => {
  upstreams = await Promise.all(["monolith", "stock", "press"].map(startNamed));
});

afterAll(() => Promise.all(upstreams.map((upstream) => upstream.close())));

describe.each(CASES)(
  "the exported routes in $by",
  ({ engine: name, hash, other, missing, start, mirrors, canonical }) => {
    testWith(missing, `decide ${SAMPLES} requests on ${hash} as this proxy does`, async () => {
      const snapshot = parseRoutes("routes.yaml", sampleRoutes(addresses(), hash, other));
      const engine = await start((port) => exportRoutes(name, snapshot, { listen: { host: "127.0.0.1", port } }).files);
      const mirrored: string[] = [];
      const stopWatching = watchMirrors((target) => mirrored.push(target));
      try {
        const { different, toMirror } = await compare(engine.url, snapshot, SAMPLES, canonical);

        expect(different).toEqual([]);
        if (mirrors) await waitFor("every mirrored request", () => mirrored.length >= toMirror.length);
        expect(mirrored.sort()).toEqual(mirrors ? toMirror.sort() : []);
      } finally {
        stopWatching();
        await engine.close();
      }
    });
  },
);

describe("this proxy itself", () => {
  test("decides the beginning of that sample as its functions say", async () => {
    const routes = sampleRoutes(addresses(), "xxh32-mod", "murmur2-range");
    await withProxy({ routes }, async ({ url }) => {
      const { different } = await compare(url, parseRoutes("routes.yaml", routes), 1_000, true);

      expect(different).toEqual([]);
    });
  });
});

/** Sends the sample, and answers the first differences and what the samples in stage shadow asked for. */
async function compare(url: string, snapshot: RoutesSnapshot, count: number, canonical: boolean) {
  const asker = createAsker(url);
  const different: unknown[] = [];
  const toMirror: string[] = [];
  try {
    await forEach(sampleRequests(4, count), 16, async (sample) => {
      const answer = await asker.ask(sample);
      const expected = expectedFor(snapshot, sample, answer);
      if (expected.shadow !== undefined) toMirror.push(canonical ? expected.path : sample.target);
      if (!agrees(expected, answer, canonical)) different.push({ sample, answer, expected });
    });
  } finally {
    asker.close();
  }
  return { different: different.slice(0, 5), toMirror };
}

function addresses(): string[] {
  return upstreams.map(({ url }) => url);
}

/** Answers with its name and what it was asked, so that no proxy has to be believed. */
function startNamed(name: string): Promise<Upstream> {
  return startUpstream(name, (request, response) => {
    request.resume();
    response.writeHead(200, { "x-answered-by": name, "x-seen-path": request.url ?? "", "content-length": 0 }).end();
  });
}

function startWithNjs(config: EngineConfig): Promise<RunningEngine> {
  return startNginx(config, { main: `load_module ${NJS ?? ""};` });
}

function watchMirrors(seen: (target: string) => void): () => void {
  const listener = ({ headers, url = "" }: IncomingMessage) => {
    if (headers["x-strangler-shadow"] !== undefined) seen(url);
  };
  for (const { server } of upstreams) server.on("request", listener);
  return () => {
    for (const { server } of upstreams) server.off("request", listener);
  };
}

function agrees(expected: Expected, answer: SampleAnswer, canonical: boolean): boolean {
  return (
    expected.status === answer.status &&
    expected.answeredBy === answer.answeredBy &&
    answer.servedBy === (expected.answeredBy ?? "proxy") &&
    (expected.status !== 200 || !canonical || expected.path === answer.seenPath)
  );
}
