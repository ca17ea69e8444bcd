import { waitFor } from "@strangler/platform";
import type { RouteReport } from "@strangler/proxy";
import { findStackEnvironment } from "@strangler/stack";

// The routes file is what counts; a running proxy only adds what it has seen. So nothing here fails: no proxy, no counters.

/** The address of the admin port: as given, else of the stack that runs, else the default one. */
export async function findAdminUrl(given: string | undefined, stateDirectory: string): Promise<string> {
  if (given !== undefined) return given.replace(/\/$/, "");
  const environment = await findStackEnvironment(stateDirectory).catch((): Record<string, string> => ({}));
  return environment["STRANGLER_PROXY_ADMIN_URL"] ?? "http://127.0.0.1:8081";
}

/** What the proxy says of its routes; undefined when none answers there. */
export async function askProxy(adminUrl: string): Promise<RouteReport | undefined> {
  try {
    const response = await fetch(`${adminUrl}/routes`, { signal: AbortSignal.timeout(2_000) });
    const body = (await response.json()) as Partial<RouteReport>;
    return response.ok && Array.isArray(body.routes) && typeof body.version === "string"
      ? (body as RouteReport)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until the proxy has put `version` in force. Answers undefined when it has not within `limitMs`, or is not there. */
export async function waitUntilInForce(
  adminUrl: string,
  version: string,
  limitMs = 2_000,
): Promise<number | undefined> {
  const startedAt = performance.now();
  const inForce = async () => (await askProxy(adminUrl))?.version === version;
  return waitFor(`version ${version} at the proxy`, inForce, { limitMs, everyMs: 10 }).then(
    () => Math.round(performance.now() - startedAt),
    () => undefined,
  );
}
