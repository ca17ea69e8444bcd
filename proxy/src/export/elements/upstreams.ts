import type { RoutesDocument } from "../../routes/schema.ts";
import {
  always,
  approximated,
  everywhere,
  expressed,
  inFile,
  inRoutes,
  inServices,
  lost,
  type Element,
} from "./element.ts";

type Service = RoutesDocument["services"][string];

const SERVICES = "A Service stands for its pods.";
const NOT_FOUND = lost(
  "The instances are not looked for: the address beside `discovery` is used, or none, and then nobody answers.",
  "Write the addresses by hand, or generate them where they change.",
);

/** Where the upstreams are, and who may ask them how often. */
export const UPSTREAMS: readonly Element[] = [
  {
    name: "url",
    does: "where a service listens",
    fields: ["services.*.url"],
    concerns: always,
    on: {
      nginx: expressed("server in upstream"),
      haproxy: expressed("server in backend"),
      envoy: expressed("endpoints of the cluster"),
      "gateway-api": approximated(
        "Only the port is taken: back ends are Services with the names of the plan.",
        "Give the Services those names, or add ExternalName Services.",
      ),
    },
  },
  {
    name: "url with https",
    does: "the upstream is spoken to over TLS, its certificate checked",
    fields: [],
    concerns: inServices(({ url = "", instances = [] }) =>
      [url, ...instances].some((address) => address.startsWith("https:")),
    ),
    on: {
      nginx: expressed("proxy_ssl_verify with Debian's certificates"),
      haproxy: expressed("ssl verify required, with the system's certificates"),
      envoy: expressed("UpstreamTlsContext with Debian's certificates"),
      "gateway-api": lost("The back end is asked in plain text.", "Add a BackendTLSPolicy for the Service."),
    },
  },
  {
    name: "instances",
    does: "several addresses; the one with the fewest open requests is asked",
    fields: ["services.*.instances"],
    concerns: inServices(({ instances }) => (instances?.length ?? 0) > 1),
    on: {
      nginx: expressed("least_conn"),
      haproxy: expressed("balance leastconn"),
      envoy: expressed("LEAST_REQUEST"),
      "gateway-api": approximated(`${SERVICES} How they are chosen from is up to the implementation.`, "Nothing."),
    },
  },
  {
    name: "discovery by file, SRV or Consul",
    does: "instances are found while the proxy runs",
    fields: ["services.*.discovery"],
    concerns: inServices(({ discovery }) => discovery !== undefined && discovery.dns?.host === undefined),
    on: {
      ...everywhere(NOT_FOUND),
      "gateway-api": approximated(SERVICES, "Let the Service select the pods."),
    },
  },
  {
    name: "discovery by host",
    does: "the addresses of a name are looked up again and again",
    fields: [],
    concerns: inServices(({ discovery }) => discovery?.dns?.host !== undefined),
    on: {
      nginx: approximated("The name is looked up once, at the start.", "Reload when the addresses change."),
      haproxy: approximated(
        "The name is looked up once, at the start.",
        "Add `resolvers`, and name them at the server.",
      ),
      envoy: approximated(
        "STRICT_DNS looks it up with the system's servers and by the TTL alone.",
        "Set dns_refresh_rate and dns_resolvers.",
      ),
      "gateway-api": approximated(SERVICES, "Let the Service select the pods."),
    },
  },
  {
    name: "health",
    does: "instances are asked whether they are well",
    fields: ["services.*.health"],
    concerns: inServices(({ health }) => health !== undefined),
    on: {
      nginx: lost("nginx without its commercial part asks nobody.", "Rely on ejection, or check from outside."),
      haproxy: expressed("option httpchk"),
      envoy: expressed("health_checks"),
      "gateway-api": lost("The API has no checks.", "Give the pods a readiness probe."),
    },
  },
  {
    name: "ejection",
    does: "an instance that does not answer is left out for a while",
    fields: ["services.*.ejection"],
    concerns: inServices(isEjected),
    on: {
      nginx: approximated(
        "max_fails and fail_timeout: failures are counted within that time instead of in a row, it never grows, and all may be out at once.",
        "Set max_fails and fail_timeout by hand if that is too much.",
      ),
      haproxy: approximated(
        "Only beside `health`: failures in a row fail the check. Without it nothing is left out.",
        "Add `health` to the service.",
      ),
      envoy: expressed("outlier_detection of failures on this side"),
      "gateway-api": lost("The API has no such thing.", "Use an extension of your implementation."),
    },
  },
  {
    name: "breaker",
    does: "a service that fails is not asked for a while",
    fields: ["services.*.breaker"],
    concerns: always,
    on: everywhere(
      lost(
        "Nothing stops asking a service that fails as long as it takes connections.",
        "Watch the service, and route to the monolith by hand.",
      ),
    ),
  },
  {
    name: "fallback",
    does: "the monolith answers where the service does not, as far as that does no harm",
    fields: ["routes.[].fallback"],
    concerns: inRoutes(({ stage, fallback }) => (stage === "canary" || stage === "service") && fallback !== false),
    on: everywhere(
      lost(
        "A request is sent once: where the service does not answer, the customer gets the failure.",
        "Have the service on several instances, or keep routes at this proxy until it is reliable.",
      ),
    ),
  },
  {
    name: "limit",
    does: "so many requests in so much time, by address, customer, field, claim or in all",
    fields: ["routes.[].limit"],
    concerns: inRoutes(({ limit }) => limit !== undefined),
    on: {
      nginx: lost(
        "limit_req counts by a leaky bucket, in which nothing is equal to a number of requests in a time; none is written.",
        "Add limit_req_zone and limit_req with a rate and a burst of your choice, keyed by $strangler_route.",
      ),
      haproxy: lost(
        "None is written.",
        "Add a stick-table with http_req_rate, and deny on it where txn.route is the route's.",
      ),
      envoy: lost("None is written.", "Add the local_ratelimit filter to the route."),
      "gateway-api": lost("The API has no limits.", "Use an extension of your implementation."),
    },
  },
  {
    name: "auth and jwt",
    does: "tokens are verified, and a route asks for roles",
    fields: ["routes.[].auth", "jwt"],
    concerns: (document) => [
      ...inRoutes(({ auth }) => auth !== undefined)(document),
      ...inFile(({ jwt }) => jwt !== undefined)(document),
    ],
    on: {
      nginx: tokensLost("401", "Have something in front verify tokens"),
      haproxy: tokensLost("401", "Add jwt_verify"),
      envoy: tokensLost("401", "Add the filters jwt_authn and rbac"),
      "gateway-api": tokensLost("500", "Add a policy of your implementation"),
    },
  },
];

// --- internal ---

function tokensLost(status: string, remedy: string) {
  return lost(
    `No token is verified. A route that asks for one is closed (${status}); one with \`optional: true\` is open, and nobody knows who asks.`,
    `${remedy}, then export with --verified, which opens the routes.`,
  );
}

// It is on unless it is switched off, but only where there is another instance to go to.
function isEjected({ instances, discovery, ejection }: Service): boolean {
  return (instances !== undefined || discovery !== undefined) && ejection !== false;
}
