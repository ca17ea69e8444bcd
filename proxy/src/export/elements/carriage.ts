import { approximated, everywhere, expressed, inFile, inRoutes, inServices, lost, type Element } from "./element.ts";

const NOT_REWRITTEN = "Answers reach the customer as the upstream wrote them.";

/** How requests are carried to an upstream, and answers back. */
export const CARRIAGE: readonly Element[] = [
  {
    name: "host",
    does: "whether a service gets the customer's Host or its own",
    fields: ["services.*.host"],
    concerns: inServices(({ host }) => host === "upstream"),
    on: {
      nginx: expressed("$strangler_host"),
      haproxy: expressed("http-request set-header host"),
      envoy: expressed("host_rewrite_literal"),
      "gateway-api": lost("The service gets the customer's Host.", "Add a URLRewrite filter with a hostname."),
    },
  },
  {
    name: "rewrite",
    does: "attributes of cookies, and addresses of the upstream in redirects, are changed for the customer",
    fields: ["services.*.rewrite", "routes.[].rewrite"],
    concerns: (document) => [
      ...inServices(({ rewrite, host }) => rewrite !== undefined || host === "upstream")(document),
      ...inRoutes(({ rewrite }) => rewrite !== undefined)(document),
    ],
    on: {
      nginx: lost(NOT_REWRITTEN, "Add proxy_cookie_domain, proxy_cookie_path, proxy_cookie_flags, proxy_redirect."),
      haproxy: lost(NOT_REWRITTEN, "Add http-response replace-header for Set-Cookie and Location."),
      envoy: lost(NOT_REWRITTEN, "Change them in envoy_on_response."),
      "gateway-api": lost(NOT_REWRITTEN, "Let the service know its public address."),
    },
  },
  {
    name: "forwarded.port",
    does: "X-Forwarded-Port is sent",
    fields: ["forwarded.port"],
    concerns: inFile(({ forwarded }) => forwarded?.port === true),
    on: {
      nginx: expressed("$strangler_port"),
      haproxy: expressed("port_only"),
      envoy: expressed("the Lua filter"),
      "gateway-api": lost("Not sent by the API's means.", "See what your implementation sends."),
    },
  },
  {
    name: "forwarded.standard",
    does: "Forwarded (RFC 7239) is sent",
    fields: ["forwarded.standard"],
    concerns: inFile(({ forwarded }) => forwarded?.standard === true),
    on: everywhere(
      lost(
        "The client's is dropped, and none is written.",
        "Let the upstreams read X-Forwarded-For, -Host and -Proto.",
      ),
    ),
  },
  {
    name: "upgrade",
    does: "where WebSockets may be opened; 404 elsewhere",
    fields: ["routes.[].upgrade"],
    concerns: inRoutes(({ upgrade }) => typeof upgrade === "boolean"),
    on: {
      nginx: approximated(
        "Elsewhere the request is passed on without its upgrade.",
        "Nothing: a server refuses it then.",
      ),
      haproxy: approximated(
        "Elsewhere the request is passed on without its upgrade.",
        "Nothing: a server refuses it then.",
      ),
      envoy: approximated("Elsewhere the request is refused with 403.", "Nothing."),
      "gateway-api": lost("Whether WebSockets pass is up to the implementation.", "Refuse them in the services."),
    },
  },
  {
    name: "upgrade.origins",
    does: "only pages of these origins may open a WebSocket",
    fields: ["routes.[].upgrade.origins"],
    concerns: inRoutes(({ upgrade }) => typeof upgrade === "object"),
    on: {
      ...everywhere(
        lost(
          "No WebSocket can be opened there at all, because nobody would ask for the origin.",
          "Add the condition by hand, and allow the upgrade.",
        ),
      ),
      "gateway-api": lost("Pages of any origin can open one.", "Check the origin in the service."),
    },
  },
  {
    name: "bodyBytes",
    does: "413 for a longer body",
    fields: ["routes.[].bodyBytes"],
    concerns: inRoutes(({ bodyBytes }) => bodyBytes !== undefined),
    on: {
      nginx: lost("client_max_body_size takes no variable, and all routes share a location.", "Set it for the server."),
      haproxy: approximated("Only a length that is announced is compared.", "Let the service count too."),
      envoy: lost(
        "The buffer filter would hold every body back until it is whole.",
        "Add it to the route if you accept that.",
      ),
      "gateway-api": lost("The API has no such limit.", "Use an extension of your implementation."),
    },
  },
  {
    name: "idempotencyKey",
    does: "a POST with an Idempotency-Key may be sent again",
    fields: ["routes.[].idempotencyKey"],
    concerns: inRoutes(({ idempotencyKey }) => idempotencyKey === true),
    on: everywhere(lost("A request is sent once.", "Let clients repeat it.")),
  },
  {
    name: "drainMs",
    does: "after a flip, WebSockets on the old side are closed in time",
    fields: ["routes.[].drainMs"],
    concerns: inRoutes(({ drainMs }) => drainMs !== undefined),
    on: {
      nginx: lost(
        "They stay as long as the old worker does.",
        "Set worker_shutdown_timeout, which holds for all routes.",
      ),
      haproxy: approximated("hard-stop-after ends those of all routes after 30 s.", "Choose the time."),
      envoy: lost("They stay as long as the listener does.", "Drain the listener."),
      "gateway-api": lost("Up to the implementation.", "Read its documentation."),
    },
  },
];
