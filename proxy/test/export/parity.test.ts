import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import {
  missingEngine,
  startEnvoy,
  startHaproxy,
  startNginx,
  type EngineConfig,
  type RunningEngine,
} from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { exportRoutes } from "../../src/export/export-routes.ts";
import type { ExportEngine } from "../../src/export/engines.ts";
import { parseRoutes, type RoutesSnapshot } from "../../src/routes/parse.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { createAsker, forEach, type SampleAnswer } from "./ask.ts";
import { expectedFor, type Expected } from "./expected.ts";
import { sampleRequests, sampleRoutes } from "./samples.ts";

const SAMPLES = 10_000;

let upstreams: Upstream[] = [];
let snapshot: RoutesSnapshot;

beforeAll(async () => {
  upstreams = await Promise.all(["monolith", "stock", "press"].map(startNamed));
  const [monolith, stock, press] = upstreams.map(({ url }) => url);
  snapshot = parseRoutes("routes.yaml", sampleRoutes(monolith ?? "", stock ?? "", press ?? ""));
});

afterAll(() => Promise.all(upstreams.map((upstream) => upstream.close())));

/** Answers with its name and what it was asked, so that no proxy has to be believed. */
function startNamed(name: string): Promise<Upstream> {
  return startUpstream(name, (request, response) => {
    request.resume();
    response.writeHead(200, { "x-answered-by": name, "x-seen-path": request.url ?? "", "content-length": 0 }).end();
  });
}

const ENGINES: {
  name: ExportEngine;
  start: (config: EngineConfig) => Promise<RunningEngine>;
}[] = [
  { name: "nginx", start: startNginx },
  { name: "haproxy", start: startHaproxy },
  { name: "envoy", start: startEnvoy },
];

describe.each(ENGINES)("the routes exported to $name", ({ name, start }) => {
  testWith(missingEngine(name), `decide ${SAMPLES} requests as this proxy does`, async () => {
    const engine = await start(
      (port) => exportRoutes(name, snapshot, { listen: { host: "127.0.0.1", port } }).files[0]?.text ?? "",
    );
    const asker = createAsker(engine.url);
    try {
      const different: unknown[] = [];
      await forEach(sampleRequests(4, SAMPLES), 16, async (sample) => {
        const answer = await asker.ask(sample);
        const expected = expectedFor(snapshot, sample, answer);
        if (!agrees(expected, answer)) different.push({ sample, answer, expected });
      });

      expect(different.slice(0, 5)).toEqual([]);
    } finally {
      asker.close();
      await engine.close();
    }
  });
});

function agrees(expected: Expected, answer: SampleAnswer): boolean {
  return expected.status === answer.status && expected.answeredBy === answer.answeredBy;
}
