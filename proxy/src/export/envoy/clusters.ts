import { isIP } from "node:net";
import type { ExportUpstream, Model } from "../model.ts";

const MANY = 100_000;

/** One cluster for each upstream, under its own name. */
export function clusters({ upstreams }: Model): object[] {
  return upstreams.map((upstream) => ({
    name: upstream.name,
    type: upstream.addresses.every(({ host }) => isIP(host) !== 0) ? "STATIC" : "STRICT_DNS",
    connect_timeout: "5s",
    // Envoy's own bounds are for a mesh; here they would turn customers away.
    circuit_breakers: { thresholds: [{ max_connections: MANY, max_pending_requests: MANY, max_requests: MANY }] },
    load_assignment: { cluster_name: upstream.name, endpoints: [{ lb_endpoints: upstream.addresses.map(endpoint) }] },
    ...(upstream.secure ? { transport_socket: tls(upstream) } : {}),
  }));
}

// --- internal ---

function endpoint({ host, port }: ExportUpstream["addresses"][number]): object {
  return { endpoint: { address: { socket_address: { address: host, port_value: port } } } };
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
