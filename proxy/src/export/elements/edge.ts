import { always, approximated, everywhere, expressed, lost, type Element } from "./element.ts";

const UP_TO_IT = approximated("Up to the implementation.", "Read its documentation, and try it.");

/** What this proxy does with every request, whatever the routes say. */
export const EDGE: readonly Element[] = [
  {
    name: "refused paths",
    does: "400 for paths that two servers are known to read differently",
    fields: [],
    concerns: always,
    on: {
      nginx: expressed("$strangler_refused"),
      haproxy: expressed("http-request return"),
      envoy: expressed("the first routes"),
      "gateway-api": lost(
        "The API refuses nothing.",
        "Look for the path options of your implementation: escaped slashes, merged slashes, dot segments.",
      ),
    },
  },
  {
    name: "canonical path",
    does: "one form of a path is matched and forwarded",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated(
        "The decoded path is matched, and the path is forwarded as it was sent: /%61 as /%61, not as /a.",
        "Nothing, unless a server behind it reads the two differently.",
      ),
      haproxy: approximated(
        'Unreserved characters are decoded and digits made capital, but characters that may not stand in a path, such as " or |, are forwarded as they are.',
        "Nothing, unless a server behind it reads the two differently.",
      ),
      envoy: approximated(
        'Unreserved characters are decoded and digits made capital, but characters that may not stand in a path, such as " or |, are forwarded as they are.',
        "Nothing, unless a server behind it reads the two differently.",
      ),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "framing and Host",
    does: "doubtful framing and a Host that is missing, doubled or no name are refused, and the connection ends",
    fields: [],
    concerns: always,
    on: everywhere(
      approximated("The engine's own parser judges, and is milder in places.", "Keep the engine up to date."),
    ),
  },
  {
    name: "hop-by-hop fields",
    does: "what belongs to one connection ends here, in both directions, and what Connection names too",
    fields: [],
    concerns: always,
    on: everywhere(
      approximated(
        "The known fields end here; a field that only Connection names may be passed on.",
        "Do not let anything behind it depend on a field that the engine sets and a client could name in Connection.",
      ),
    ),
  },
  {
    name: "forwarded fields",
    does: "X-Forwarded-For, -Host and -Proto are written anew, whatever the client says of itself is dropped",
    fields: [],
    concerns: always,
    on: {
      nginx: expressed("proxy_set_header"),
      haproxy: expressed("http-request del-header and set-header"),
      envoy: expressed("use_remote_address, the Lua filter and request_headers_to_remove"),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "trusted proxies",
    does: "TRUSTED_PROXIES are believed what they say of the client; no part of the routes file",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated(
        "Written for none: the peer is the client.",
        "Add set_real_ip_from and real_ip_header X-Forwarded-For.",
      ),
      haproxy: approximated(
        "Written for none: the peer is the client.",
        "Add http-request set-src for the addresses of your balancer.",
      ),
      envoy: approximated(
        "Written for none: the peer is the client.",
        "Set xff_num_trusted_hops, and take x-forwarded-for out of the script.",
      ),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "request id and trace",
    does: "x-request-id and traceparent, the customer's or new ones",
    fields: [],
    concerns: always,
    on: {
      nginx: expressed("$request_id"),
      haproxy: expressed("uuid()"),
      envoy: expressed("the request id extension and the Lua filter"),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "x-served-by",
    does: "says which upstream answered, or that it was the proxy",
    fields: [],
    concerns: always,
    on: {
      nginx: expressed("add_header"),
      haproxy: expressed("http-response set-header"),
      envoy: expressed("response_headers_to_add"),
      "gateway-api": lost("None is written.", "Add a ResponseHeaderModifier to the back ends."),
    },
  },
  {
    name: "hidden fields and cookies",
    does: "what is between customers and the proxy, and what only a verified token may say, is not passed on",
    fields: [],
    concerns: always,
    on: {
      nginx: expressed("proxy_set_header and the maps $strangler_without_..."),
      haproxy: expressed("http-request del-header and replace-header"),
      envoy: expressed("request_headers_to_remove and the Lua filter"),
      "gateway-api": approximated(
        "Fields are removed, but a filter cannot take a cookie out of its field.",
        "Let the upstreams ignore the cookies.",
      ),
    },
  },
  {
    name: "own answers",
    does: "problem details (RFC 9457); 502 for an upstream without a whole answer, 504 for a late one",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated("nginx's own pages, with the same statuses.", "Add error_page with documents of your own."),
      haproxy: approximated(
        "Refusals are problem details; an upstream that is not there is 503, with HAProxy's own page.",
        "Add http-error sections.",
      ),
      envoy: approximated("Problem details without title and detail.", "Extend body_format."),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "limits and times",
    does: "header 16 KiB, target 8 KiB; header within 15 s, answer begins within 30 s, silence at most 300 s",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated(
        "One time for the beginning of an answer and for silence in it: 30 s. An event stream that is silent for longer is cut.",
        "Raise proxy_read_timeout in a location of its own for event streams.",
      ),
      haproxy: approximated(
        "One time for the beginning of an answer and for silence in it: 30 s. An event stream that is silent for longer is cut.",
        "Raise `timeout server` in a backend of its own for event streams.",
      ),
      envoy: approximated(
        "One time for the beginning of an answer and for silence in it: 30 s. An event stream that is silent for longer is cut.",
        "Raise idle_timeout of routes with event streams.",
      ),
      "gateway-api": approximated(
        "timeouts.request and backendRequest hold for the whole answer: 300 s, event streams included (extended features).",
        "Leave the timeouts of rules with event streams out.",
      ),
    },
  },
  {
    name: "informational answers and trailers",
    does: "103 and trailers reach the customer",
    fields: [],
    concerns: always,
    on: {
      nginx: lost("nginx ends both.", "Use another engine if you need them."),
      haproxy: expressed("passed on"),
      envoy: approximated(
        "Trailers over HTTP/1.1 only with enable_trailers, 103 only with proxy_103.",
        "Set them if you need them.",
      ),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "WebSocket",
    does: "upgrades go to the side that is decided at their start",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated("Old workers stay until their WebSockets end.", "Set worker_shutdown_timeout."),
      haproxy: approximated("The process that is replaced ends them after 30 s (hard-stop-after).", "Choose the time."),
      envoy: approximated("They are cut after idle_timeout, and a drained listener ends them.", "Choose the times."),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "circles",
    does: "a request that comes back to the proxy is refused (CDN-Loop, RFC 8586)",
    fields: [],
    concerns: always,
    on: {
      ...everywhere(
        lost("A request that runs in a circle runs until a time is up.", "See to it that no upstream leads back."),
      ),
      envoy: lost("A request that runs in a circle runs until a time is up.", "Add the cdn_loop filter."),
    },
  },
  {
    name: "OPTIONS",
    does: "OPTIONS * is answered here, and Max-Forwards is counted",
    fields: [],
    concerns: always,
    on: everywhere(
      approximated("OPTIONS * is answered as the engine does it, and Max-Forwards is passed on as it is.", "Nothing."),
    ),
  },
  {
    name: "connections",
    does: "so many at once, in all and from one address",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated(
        "In all, by worker_connections of your nginx.conf.",
        "Add limit_conn by $binary_remote_addr.",
      ),
      haproxy: approximated(
        "In all, by maxconn, which HAProxy takes from the system.",
        "Add a stick-table with conn_cur.",
      ),
      envoy: lost("Without bound.", "Add the overload manager or the connection_limit filter."),
      "gateway-api": UP_TO_IT,
    },
  },
  {
    name: "TLS to customers",
    does: "certificates that are reloaded; no part of the routes file",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated("Written without.", "Add listen ... ssl and the certificate."),
      haproxy: approximated("Written without.", "Add ssl crt to bind."),
      envoy: approximated("Written without.", "Add a DownstreamTlsContext."),
      "gateway-api": approximated("The Gateway's affair.", "Add a listener with a certificate to it."),
    },
  },
];
