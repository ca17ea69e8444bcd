import { isIP } from "node:net";
import type { EjectionPlan, HealthPlan } from "../../upstreams/pool-plan.ts";
import type { ExportUpstream, Model } from "../model.ts";

const MANY = 100_000;

/** One cluster for each upstream, under its own name. */
export function clusters({ upstreams }: Model): object[] {
  return upstreams.map((upstream) => ({
    name: upstream.name,
    type: upstream.addresses.every(({ host }) => isIP(bare(host)) !== 0) ? "STATIC" : "STRICT_DNS",
    connect_timeout: "5s",
    // Envoy's own bounds are for a mesh; here they would turn customers away.
    circuit_breakers: { thresholds: [{ max_connections: MANY, max_pending_requests: MANY, max_requests: MANY }] },
    load_assignment: { cluster_name: upstream.name, endpoints: [{ lb_endpoints: upstream.addresses.map(endpoint) }] },
    ...(upstream.addresses.length > 1 ? { lb_policy: "LEAST_REQUEST" } : {}),
    ...(upstream.health === undefined ? {} : { health_checks: [healthCheck(upstream.health)] }),
    ...(upstream.ejection === undefined ? {} : { outlier_detection: ejection(upstream.ejection) }),
    ...(upstream.secure ? { transport_socket: tls(upstream) } : {}),
  }));
}

/** An address as Envoy writes it: IPv6 without the brackets of a URL. */
export function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

// --- internal ---

function endpoint({ host, port }: ExportUpstream["addresses"][number]): object {
  return { endpoint: { address: { socket_address: { address: bare(host), port_value: port } } } };
}

function healthCheck({ path, everyMs, withinMs, healthyAfter, unhealthyAfter }: HealthPlan): object {
  return {
    timeout: seconds(withinMs),
    interval: seconds(everyMs),
    healthy_threshold: healthyAfter,
    unhealthy_threshold: unhealthyAfter,
    http_health_check: { path, expected_statuses: [{ start: 200, end: 300 }] },
  };
}

// Only what never answered counts: an answer of the 5xx class is an answer.
function ejection({ failures, forMs, atMostMs, atMostPercent }: EjectionPlan): object {
  return {
    split_external_local_origin_errors: true,
    consecutive_local_origin_failure: failures,
    enforcing_consecutive_local_origin_failure: 100,
    enforcing_consecutive_5xx: 0,
    enforcing_consecutive_gateway_failure: 0,
    enforcing_success_rate: 0,
    enforcing_local_origin_success_rate: 0,
    base_ejection_time: seconds(forMs),
    max_ejection_time: seconds(atMostMs),
    max_ejection_percent: atMostPercent,
  };
}

function seconds(ms: number): string {
  return `${ms / 1_000}s`;
}

function tls({ addresses }: ExportUpstream): object {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      sni: addresses[0]?.host,
      auto_sni_san_validation: true,
      common_tls_context: {
        validation_context: { trusted_ca: { filename: "/etc/ssl/certs/ca-certificates.crt" } },
      },
    },
  };
}
