import { HOSTILE_PATHS, UTF8_PATH } from "../hostile-paths.ts";
import type { Model } from "../model.ts";
import { shadowedRules } from "./routes.ts";
import { expression, mapBlock, quoted } from "./syntax.ts";

/** What does not depend on routes: what is refused, and what is said to the upstream. */
export function requestMaps(model: Model): string[] {
  const secure = model.upstreams.filter((upstream) => upstream.secure);
  const schemes = ["default http", ...secure.map(({ name }) => `${name} https`)];
  return [
    mapBlock("The path as it was sent.", "$request_uri", "strangler_sent", [
      `${expression("^(?<strangler_path>[^?]*)")} $strangler_path`,
    ]),
    mapBlock("Percent signs begin octets, and octets are UTF-8.", "$strangler_sent", "strangler_utf8", [
      "default 400",
      `${expression(`^${UTF8_PATH}\\z`)} ""`,
    ]),
    mapBlock("Paths that two servers are known to read differently.", "$strangler_sent", "strangler_refused_path", [
      "default $strangler_utf8",
      ...HOSTILE_PATHS.map(({ expression: hostile }) => `${expression(hostile)} 400`),
    ]),
    mapBlock(
      "Methods and targets that are not passed on.",
      quoted("$request_method $request_uri"),
      "strangler_refused",
      [
        "default $strangler_refused_path",
        `${expression("^(?:CONNECT|TRACE) ")} 405`,
        `${expression("^[^ ]+ .{8193}")} 414`,
        `${expression("#")} 400`,
        `${expression("[^\\x21-\\x7e ]")} 400`,
      ],
    ),
    mapBlock(
      "The customer's request id if it is well-formed, else a new one.",
      "$http_x_request_id",
      "strangler_request_id",
      ["default $request_id", `${expression("^[A-Za-z0-9_.:-]{1,128}\\z")} $http_x_request_id`],
    ),
    mapBlock("W3C Trace Context: her trace, or a new one.", "$http_traceparent", "strangler_trace", [
      "default $request_id",
      `${expression("^00-(?!0{32})(?<strangler_trace_id>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\\z")} $strangler_trace_id`,
    ]),
    mapBlock("A parent of our own in that trace.", "$request_id", "strangler_span", [
      `${expression("^.{8}(?<strangler_span_id>.{16})")} $strangler_span_id`,
    ]),
    ...upgradeMaps(model),
    mapBlock(
      "Without an upgrade the connection to the upstream stays open.",
      "$strangler_upgrade",
      "strangler_connection",
      ['default ""', "websocket upgrade"],
    ),
    mapBlock("An answer without an upstream's header is our own.", "$upstream_header_time", "strangler_served_by", [
      "default proxy",
      `${expression("^[0-9.]+(?:, [0-9.]+)*$")} $strangler_upstream`,
    ]),
    mapBlock("How the upstream is spoken to.", "$strangler_upstream", "strangler_scheme", schemes),
    ...hostMap(model),
    ...(model.portTold ? [PORT] : []),
    ...(shadowedRules(model).length === 0
      ? []
      : [mapBlock("How the candidate is spoken to.", "$strangler_shadow", "strangler_shadow_scheme", schemes)]),
  ];
}

// --- internal ---

// Where routes say nothing of it, every WebSocket is an upgrade; else only those of the routes that allow them.
function upgradeMaps({ rules, upgradesElsewhere }: Model): string[] {
  const others = rules.filter(({ upgrades }) => upgrades !== upgradesElsewhere);
  return [
    mapBlock("Where a WebSocket may be opened.", "$strangler_route", "strangler_upgrades", [
      `default ${upgradesElsewhere ? "1" : "0"}`,
      ...others.map(({ id, upgrades }) => `${id} ${upgrades ? "1" : "0"}`),
    ]),
    mapBlock(
      "Nothing but a WebSocket is an upgrade.",
      quoted("$strangler_upgrades $http_upgrade"),
      "strangler_upgrade",
      ['default ""', '"~*^1 websocket$" websocket'],
    ),
  ];
}

function hostMap({ upstreams }: Model): string[] {
  const named = upstreams.filter(({ host }) => host !== undefined);
  return [
    mapBlock("The Host that the upstream gets.", "$strangler_upstream", "strangler_host", [
      "default $http_host",
      ...named.map(({ name, host = "" }) => `${name} ${host}`),
    ]),
  ];
}

const PORT = mapBlock(
  "The port that the customer has named, or that of the scheme.",
  '"$scheme $http_host"',
  "strangler_port",
  [
    "default 80",
    `${expression(":(?<strangler_host_port>[0-9]+)$")} $strangler_host_port`,
    `${expression("^https ")} 443`,
  ],
);
