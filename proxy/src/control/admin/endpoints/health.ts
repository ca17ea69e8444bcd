import { HttpProblem } from "@strangler/platform";
import type { Control } from "../../control.ts";
import { tlsWarnings } from "../../../tls/report.ts";
import { health } from "../answers.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";

/** What machines ask that hold no token: whether the proxy lives, whether it takes requests, and its metrics. */
export function healthEndpoints(control: Control): Endpoint[] {
  return [
    defineEndpoint({
      method: "GET",
      path: "/livez",
      needs: "nobody",
      summary: "Whether the process lives",
      answer: health,
      handle: async () => ({ json: { status: "ok" } }),
    }),
    defineEndpoint({
      method: "GET",
      path: "/readyz",
      needs: "nobody",
      summary: "Whether it takes requests",
      answer: health,
      problems: { 503: "It does not; the detail says why." },
      handle: async () => {
        const missing = control.readiness();
        if (missing !== undefined) throw new HttpProblem(503, "Service Unavailable", missing);
        const { tls } = await control.edges();
        const warnings = tls === null ? [] : tlsWarnings(tls, Date.now());
        return { json: warnings.length === 0 ? { status: "ok" } : { status: "ok", warnings } };
      },
    }),
    defineEndpoint({
      method: "GET",
      path: "/metrics",
      needs: "nobody",
      summary: "What is counted, in the text format of Prometheus",
      handle: () => control.metrics(),
    }),
  ];
}
