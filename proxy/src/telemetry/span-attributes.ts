import type { Attributes } from "@opentelemetry/api";
import { describeMatch, type Route } from "../routes/route.ts";
import type { Trip } from "../trip.ts";
import type { Lease } from "../upstreams/upstreams.ts";

// Names follow OpenTelemetry's semantic conventions for HTTP; what is ours begins with "strangler.". No query, no header, no
// address of a customer: none of them belongs into a collector.

/** `GET /items/:id`: few names for many requests. */
export function spanName(method: string, route: Route | undefined): string {
  return route === undefined ? method : `${method} ${route.path}`;
}

export function requestAttributes(method: string, { route, decision, path, requestId, headers }: Trip): Attributes {
  const [pathOnly = ""] = path.split("?", 1);
  return {
    "http.request.method": method,
    "url.path": pathOnly,
    // As the upstream is told: what the customer used, at whoever ends her TLS.
    "url.scheme": headers["x-forwarded-proto"] === "https" ? "https" : "http",
    ...(route !== undefined && {
      "http.route": route.path,
      "strangler.route": route.id,
      "strangler.match": describeMatch(route),
      "strangler.stage": route.stage,
    }),
    "strangler.side": decision.side,
    "strangler.because": decision.because,
    "strangler.upstream": decision.answeredBy,
    "strangler.request_id": requestId,
  };
}

export function attemptAttributes(
  method: string,
  upstream: string,
  lease: Pick<Lease, "instance" | "origin">,
): Attributes {
  const { instance, origin } = lease;
  return {
    ...addressAttributes(origin),
    "http.request.method": method,
    "strangler.upstream": upstream,
    "strangler.instance": instance,
  };
}

/** Of a question that only the comparison asks, to the candidate or to the control once more. */
export function questionAttributes({ origin, method }: { origin: URL; method: string }): Attributes {
  return { ...addressAttributes(origin), "http.request.method": method, "strangler.shadow": true };
}

// --- internal ---

function addressAttributes({ hostname, port, protocol }: URL): Attributes {
  return { "server.address": hostname, "server.port": Number(port) || (protocol === "https:" ? 443 : 80) };
}
