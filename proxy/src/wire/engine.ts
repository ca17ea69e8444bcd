import type { Engine, EngineTimes } from "../forward/engine.ts";
import { createHttpProxyMiddlewareEngine } from "../forward/http-proxy-middleware.ts";
import { handOver } from "../forward/hand-over.ts";
import { TOO_LARGE, watchBody } from "../guard/body-limit.ts";
import { expectsContinue } from "../guard/expectation.ts";
import { hasBody } from "../guard/request-headers.ts";
import { createLane } from "./lane.ts";
import { createNodeOutput } from "./node-output.ts";
import { createUpload } from "./upload.ts";
import { UpstreamPool } from "./upstream-pool.ts";
import { WireExchange, type WireUpstreams } from "./wire-exchange.ts";

// Two thirds of what a request costs in Node goes into streams, events and headers of node:http's server and of a client. An
// ordinary request needs none of them: its header comes in one piece, and it has no body. Such requests are read from the socket and
// written to the upstream's socket (the lane). Others are read by node:http and written to the same connections; expectations,
// trailers of requests and upgrades go through http-proxy-middleware.

export function createWireEngine(times: EngineTimes): Engine {
  const pools = new Map<string, UpstreamPool>();
  const sweeper = setInterval(() => {
    for (const pool of pools.values()) pool.sweep(performance.now());
  }, 500);
  sweeper.unref();

  const upstreams: WireUpstreams = {
    answerWithinMs: times.answerWithinMs,
    poolFor: (origin) => {
      const known = pools.get(origin.origin) ?? new UpstreamPool(origin, times.silenceMs);
      pools.set(origin.origin, known);
      return known;
    },
  };
  const wire: Parameters<typeof handOver>[0] = {
    name: "wire",
    carries: (request) => request.headers.trailer === undefined && !expectsContinue(request),
    forward: (request, response, target, passage) => {
      const upload = hasBody(request)
        ? createUpload(request, request.headers["transfer-encoding"] !== undefined)
        : undefined;
      const exchange = new WireExchange(request.method ?? "", createNodeOutput(response), upstreams, upload);
      response.once("close", () => exchange.abandon());
      if (target.bodyBytes !== undefined) {
        watchBody(request, target.bodyBytes, () => {
          exchange.abandon();
          passage.refuse?.(TOO_LARGE);
        });
      }
      exchange.send(target, passage);
    },
    close: async () => {
      clearInterval(sweeper);
      for (const pool of pools.values()) pool.close();
    },
  };
  return {
    ...handOver(wire, createHttpProxyMiddlewareEngine(times)),
    openLane: (options) => createLane({ ...options, upstreams }),
  };
}
