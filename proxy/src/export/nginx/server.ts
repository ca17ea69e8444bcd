import { OWN_COOKIE } from "../../customer/own-cookie.ts";
import { cookiesPassedOn } from "./customers.ts";
import { shadowedRules } from "./routes.ts";
import { sharedRules, type ExportUpstream, type Model } from "../model.ts";

/** Where the upstreams listen. */
export function upstreamBlocks({ upstreams }: Model): string[] {
  return upstreams.map(({ name, addresses, ejection }) =>
    [
      `upstream ${name} {`,
      ...(addresses.length > 1 ? ["  least_conn;"] : []),
      ...addresses.map(({ host, port }) => `  server ${host}:${port}${ejectedAfter(ejection)};`),
      ...(addresses.length === 0 ? ["  # No address is known.", "  server 127.0.0.1:9 down;"] : []),
      "  keepalive 64;",
      "}",
    ].join("\n"),
  );
}

/** The server that customers meet. */
export function serverBlock(model: Model): string {
  const shadows = shadowedRules(model).length > 0;
  return [
    "server {",
    ...indent([
      `listen ${model.listen.host}:${model.listen.port} default_server;`,
      "server_name _;",
      "",
      ...LIMITS,
      "",
      ...toUpstream(model),
      "",
      ...toCustomer(model),
      "",
      ...[400, 405, 414].map((status) => `if ($strangler_refused = ${status}) { return ${status}; }`),
      ...(model.rules.some(({ closed }) => closed) ? ["if ($strangler_closed) { return 401; }"] : []),
      "",
      ...location(shadows),
      ...(shadows ? shadowLocations(model) : []),
    ]),
    "}",
  ].join("\n");
}

// --- internal ---

// Without it nginx leaves an instance out for 10 s after one failure.
function ejectedAfter(ejection: ExportUpstream["ejection"]): string {
  if (ejection === undefined) return " max_fails=0";
  return ` max_fails=${ejection.failures} fail_timeout=${Math.ceil(ejection.forMs / 1_000)}s`;
}

const LIMITS = [
  "# What is matched is what was sent: nothing is merged, and refused paths are refused above all.",
  "merge_slashes off;",
  "underscores_in_headers off;",
  "server_tokens off;",
  "large_client_header_buffers 4 16k;",
  "client_header_timeout 15s;",
  "client_body_timeout 60s;",
  "client_max_body_size 0;",
  "keepalive_timeout 75s;",
  "# Bodies and events pass as they come.",
  "proxy_http_version 1.1;",
  "proxy_request_buffering off;",
  "proxy_buffering off;",
  "proxy_connect_timeout 5s;",
  "proxy_read_timeout 30s;",
  "proxy_send_timeout 300s;",
  "proxy_next_upstream off;",
];

const NOT_PASSED_ON = [
  "Forwarded",
  "X-Forwarded-Prefix",
  "X-Forwarded-Server",
  "X-Real-IP",
  "Proxy-Connection",
  "Proxy-Authorization",
  "HTTP2-Settings",
  "Trailer",
];

// Inherited by a location only if it sets no header of its own.
function toUpstream({ hidden, upstreams, portTold }: Model, shadow = false): string[] {
  const fields: [string, string][] = [
    ["Host", shadow ? "$http_host" : "$strangler_host"],
    ["Connection", shadow ? '""' : "$strangler_connection"],
    ["Upgrade", shadow ? '""' : "$strangler_upgrade"],
    ["Cookie", shadow ? "$strangler_shadow_cookie" : cookiesPassedOn(hidden.cookies)],
    ["X-Forwarded-For", "$remote_addr"],
    ["X-Forwarded-Host", "$http_host"],
    ["X-Forwarded-Proto", "$scheme"],
    ["X-Forwarded-Port", portTold ? "$strangler_port" : '""'],
    ["X-Request-Id", "$strangler_request_id"],
    ["Traceparent", "00-$strangler_trace-$strangler_span-01"],
    ...(shadow ? SHADOW_FIELDS : []),
    ...[...NOT_PASSED_ON, ...hidden.fields.filter((name) => !shadow || name !== "x-strangler-shadow")].map(
      (name): [string, string] => [name, '""'],
    ),
  ];
  return [
    "# The header of the request: what the client says of itself is not believed, what belongs to one connection ends here.",
    ...fields.map(([name, value]) => `proxy_set_header ${name} ${value};`),
    ...(upstreams.some(({ secure }) => secure) ? TLS : []),
  ];
}

const SHADOW_FIELDS: readonly [string, string][] = [
  ["Authorization", "$strangler_shadow_authorization"],
  ["X-Strangler-Shadow", "1"],
];

const TLS = [
  "proxy_ssl_server_name on;",
  "proxy_ssl_verify on;",
  "proxy_ssl_verify_depth 3;",
  "proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;",
];

function toCustomer(model: Model): string[] {
  return [
    "# The header of the answer.",
    ...["X-Served-By", "X-Request-Id", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info"].map(
      (name) => `proxy_hide_header ${name};`,
    ),
    // nginx swallows these fields of an upstream's answer unless it is told to pass them.
    ...["Date", "Server", "X-Accel-Expires", "X-Accel-Redirect", "X-Accel-Buffering"].map(
      (name) => `proxy_pass_header ${name};`,
    ),
    "proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;",
    "add_header X-Served-By $strangler_served_by always;",
    "add_header X-Request-Id $strangler_request_id always;",
    ...(sharedRules(model).length === 0
      ? []
      : [`# ${OWN_COOKIE}, where it is new.`, "add_header Set-Cookie $strangler_set_cookie always;"]),
  ];
}

function location(shadows: boolean): string[] {
  return [
    "location / {",
    ...(shadows
      ? [
          "  # The status is never seen: it leads to the location that mirrors.",
          "  error_page 418 = @strangler_shadow;",
        ]
      : []),
    ...(shadows ? ["  if ($strangler_shadow) { return 418; }"] : []),
    "  proxy_pass $strangler_scheme://$strangler_upstream;",
    "}",
  ];
}

function shadowLocations(model: Model): string[] {
  return [
    "",
    "location @strangler_shadow {",
    "  mirror /strangler-shadow;",
    "  mirror_request_body off;",
    "  proxy_pass $strangler_scheme://$strangler_upstream;",
    "}",
    "",
    "location = /strangler-shadow {",
    "  internal;",
    ...indent(toUpstream(model, true)),
    '  proxy_set_header Content-Length "";',
    "  proxy_pass_request_body off;",
    "  proxy_read_timeout 5s;",
    "  proxy_pass $strangler_shadow_scheme://$strangler_shadow$request_uri;",
    "}",
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}
