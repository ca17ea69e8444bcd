import { stringify } from "yaml";
import type { ExportFile } from "./engines.ts";
import { bare, clusters } from "./envoy/clusters.ts";
import { luaScript } from "./envoy/lua.ts";
import { virtualHost } from "./envoy/routes.ts";
import type { Model } from "./model.ts";

// The route table is Envoy's own. Two things it cannot do by itself are done before it in a Lua filter: bringing the path into one
// form, and naming the customer and her side, for which no hash of Envoy's would do.

const TYPES = "type.googleapis.com/envoy.extensions";

/** A whole static bootstrap. */
export function exportEnvoy(model: Model): ExportFile[] {
  const bootstrap = {
    // Expressions for paths are longer than the 100 instructions that Envoy allows unasked.
    layered_runtime: { layers: [{ name: "strangler", static_layer: { "re2.max_program_size.error_level": 10_000 } }] },
    static_resources: { listeners: [listener(model)], clusters: clusters(model) },
  };
  const heading = `# Made by "strangler route export --to envoy" from routes version ${model.version}. Do not edit: make it anew.`;
  return [
    { name: "envoy.yaml", text: `${heading}\n${stringify(bootstrap, { lineWidth: 0, aliasDuplicateObjects: false })}` },
  ];
}

// --- internal ---

function listener(model: Model): object {
  const { host, port } = model.listen;
  return {
    name: "strangler",
    address: { socket_address: { address: bare(host), port_value: port } },
    filter_chains: [
      {
        filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: connectionManager(model) }],
      },
    ],
  };
}

function connectionManager(model: Model): object {
  return {
    "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "strangler",
    codec_type: "HTTP1",
    ...PATHS,
    ...ADDRESSES,
    ...LIMITS,
    ...REQUEST_ID,
    server_header_transformation: "PASS_THROUGH",
    upgrade_configs: [{ upgrade_type: "websocket" }],
    local_reply_config: OWN_ANSWERS,
    route_config: { name: "strangler", virtual_hosts: [virtualHost(model)] },
    http_filters: [
      {
        name: "envoy.filters.http.lua",
        typed_config: {
          "@type": `${TYPES}.filters.http.lua.v3.Lua`,
          default_source_code: { inline_string: luaScript(model) },
        },
      },
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router`, suppress_envoy_headers: true },
      },
    ],
  };
}

// Nothing is repaired: what two servers could read differently is refused by the first routes.
const PATHS = { normalize_path: false, merge_slashes: false, path_with_escaped_slashes_action: "KEEP_UNCHANGED" };

// The peer is the client. What it says of itself is not believed: the script writes the field anew.
const ADDRESSES = { use_remote_address: true, skip_xff_append: true };

const LIMITS = {
  max_request_headers_kb: 16,
  request_headers_timeout: "15s",
  request_timeout: "300s",
  stream_idle_timeout: "300s",
  common_http_protocol_options: { idle_timeout: "75s", headers_with_underscores_action: "DROP_HEADER" },
};

const REQUEST_ID = {
  generate_request_id: true,
  preserve_external_request_id: true,
  always_set_request_id_in_response: true,
  request_id_extension: {
    typed_config: { "@type": `${TYPES}.request_id.uuid.v3.UuidRequestIdConfig`, pack_trace_reason: false },
  },
};

const OWN_ANSWERS = {
  mappers: [
    {
      filter: { status_code_filter: { comparison: { op: "EQ", value: { default_value: 503, runtime_key: "none" } } } },
      status_code: 502,
      headers_to_add: [own("x-served-by", "proxy")],
    },
    {
      filter: { status_code_filter: { comparison: { op: "GE", value: { default_value: 400, runtime_key: "none" } } } },
      headers_to_add: [own("x-served-by", "proxy")],
    },
  ],
  body_format: {
    content_type: "application/problem+json",
    json_format: { type: "about:blank", status: "%RESPONSE_CODE%" },
  },
};

function own(key: string, value: string): object {
  return { header: { key, value }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" };
}
