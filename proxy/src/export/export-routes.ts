import type { RoutesSnapshot } from "../routes/parse.ts";
import type { ExportEngine, ExportFile, ExportOptions, Loss } from "./engines.ts";
import { findLosses } from "./losses.ts";
import { createModel, type Model } from "./model.ts";
import { exportEnvoy } from "./envoy.ts";
import { exportGatewayApi } from "./gateway-api.ts";
import { exportHaproxy } from "./haproxy.ts";
import { exportNginx } from "./nginx.ts";

/** A configuration for another engine, and what it does not do, or not exactly so. */
export type RoutesExport = { files: ExportFile[]; report: Loss[] };

/** Exports the routes of one moment: the same routes give the same text. */
export function exportRoutes(
  engine: ExportEngine,
  snapshot: RoutesSnapshot,
  options: ExportOptions = {},
): RoutesExport {
  const model = createModel(snapshot, options);
  return { files: EXPORTERS[engine](model), report: findLosses(engine, snapshot.document) };
}

// --- internal ---

const EXPORTERS: Record<ExportEngine, (model: Model) => ExportFile[]> = {
  nginx: exportNginx,
  haproxy: exportHaproxy,
  envoy: exportEnvoy,
  "gateway-api": exportGatewayApi,
};
