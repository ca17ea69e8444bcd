import { waitFor } from "@strangler/platform";
import type { RouteReport, WatchReport } from "@strangler/proxy";
import { findStackEnvironment } from "@strangler/stack";
import { ProxyUnreachableError } from "../shadow/errors.ts";

// The routes in their store are what counts; a running proxy only adds what it has seen. So nothing here fails: no proxy, no counters.

/** Where a proxy is administered, and with which token. */
export type ProxyAdmin = { url: string; token: string | undefined };

/**
 * The admin port: as given, else of the stack that runs, else the default one. The token is that of the environment, else the
 * stack's own; an address that is not the stack's is never told the stack's.
 */
export async function findAdmin(given: string | undefined, stateDirectory: string): Promise<ProxyAdmin> {
  const stack = await findStackEnvironment(stateDirectory).catch((): Record<string, string> => ({}));
  const stacks = stack["STRANGLER_PROXY_ADMIN_URL"];
  const url = given?.replace(/\/$/, "") ?? stacks ?? "http://127.0.0.1:8081";
  const token = process.env["ADMIN_TOKEN"] ?? (url === stacks ? stack["ADMIN_TOKEN"] : undefined);
  return { url, token };
}

/** Asks the admin port. Rejects when nobody answers within the time. */
export function fetchAdmin(
  { url, token }: ProxyAdmin,
  path: string,
  { method = "GET", withinMs = 5_000 }: { method?: string; withinMs?: number } = {},
): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(url + path, { method, headers, signal: AbortSignal.timeout(withinMs) });
}

/** What the proxy says of its routes; undefined when none answers there. */
export async function askProxy(admin: ProxyAdmin): Promise<RouteReport | undefined> {
  try {
    const response = await fetchAdmin(admin, "/routes", { withinMs: 2_000 });
    const body = (await response.json()) as Partial<RouteReport>;
    return response.ok && Array.isArray(body.routes) && typeof body.version === "string"
      ? (body as RouteReport)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How the proxy judges its canaries. Throws ProxyUnreachableError. */
export async function askWatch(admin: ProxyAdmin): Promise<WatchReport> {
  const response = await fetchAdmin(admin, "/watch").catch(() => undefined);
  if (response?.ok !== true) throw new ProxyUnreachableError(admin.url);
  return (await response.json()) as WatchReport;
}

/** Waits until the proxy has put `version` in force. Answers undefined when it has not within `limitMs`, or is not there. */
export async function waitUntilInForce(
  admin: ProxyAdmin,
  version: string,
  limitMs = 2_000,
): Promise<number | undefined> {
  const startedAt = performance.now();
  const inForce = async () => (await askProxy(admin))?.version === version;
  return waitFor(`version ${version} at the proxy`, inForce, { limitMs, everyMs: 10 }).then(
    () => Math.round(performance.now() - startedAt),
    () => undefined,
  );
}
