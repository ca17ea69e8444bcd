import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** Where this process takes requests itself. A port of 0 is not known yet. */
export type Listener = { readonly host: string; readonly port: number };

/** Whether a request to `url` would come back to this process. Names other than localhost are not looked up. */
export function isOwnAddress(url: URL, listeners: readonly Listener[]): boolean {
  const host = bare(url.hostname);
  const port = Number(url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port);
  return listeners.some((listener) => listener.port === port && reaches(host, bare(listener.host)));
}

// --- internal ---

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::", ""]);

function reaches(host: string, listening: string): boolean {
  if (host === listening) return true;
  if (EVERYWHERE.has(listening)) return isLoopback(host) || EVERYWHERE.has(host) || isOfThisMachine(host);
  // Nobody listens at 0.0.0.0; asked for it, a machine asks itself.
  return isLoopback(listening) && (host === "localhost" || EVERYWHERE.has(host));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function isOfThisMachine(host: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host));
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}
