import type { Engine, EngineTimes } from "./engine.ts";
import { createHttpProxyMiddlewareEngine } from "./http-proxy-middleware.ts";
import { createWireEngine } from "../wire/engine.ts";
import { createUndiciEngine } from "./undici.ts";

/** Every engine there is, by name. One test suite is run against each of them. */
export const ENGINES = {
  "http-proxy-middleware": createHttpProxyMiddlewareEngine,
  undici: createUndiciEngine,
  wire: createWireEngine,
} as const satisfies Record<string, (times: EngineTimes) => Engine>;

export type EngineName = keyof typeof ENGINES;

export const ENGINE_NAMES = Object.keys(ENGINES) as EngineName[];

/** The fastest that passes everything: docs/decisions/0003-proxy-engine.md. */
export const DEFAULT_ENGINE: EngineName = "wire";
