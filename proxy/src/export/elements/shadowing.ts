import type { RouteEntry } from "../../routes/schema.ts";
import { approximated, everywhere, expressed, inRoutes, lost, type Element } from "./element.ts";

const NO_MIRROR = lost(
  "HAProxy has no mirror of its own: the service is not asked.",
  "Run the mirroring agent for SPOE (haproxytech/spoa-mirror), or keep routes in stage shadow at this proxy.",
);

/** Whom else a route asks in stage shadow, and what is made of it. */
export const SHADOWING: readonly Element[] = [
  {
    name: "stage: shadow",
    does: "the monolith answers, and the service is asked too",
    fields: [],
    concerns: inShadow(() => true),
    on: {
      nginx: expressed("mirror"),
      haproxy: NO_MIRROR,
      envoy: expressed("request_mirror_policies"),
      "gateway-api": expressed("RequestMirror (extended feature HTTPRouteRequestMirror)"),
    },
  },
  {
    name: "shadow: comparison",
    does: "the two answers are compared, noise is told from what is wrong, and samples are kept",
    fields: [
      "routes.[].shadow.noise",
      "routes.[].shadow.headers",
      "routes.[].shadow.ignore",
      "routes.[].shadow.lists",
      "routes.[].shadow.numbers",
      "routes.[].shadow.dates",
      "routes.[].shadow.html",
      "routes.[].shadow.samples",
    ],
    concerns: inShadow(() => true),
    on: everywhere(
      lost(
        "No engine looks at the answer to a mirrored request.",
        "Keep routes in stage shadow at this proxy until their answers agree.",
      ),
    ),
  },
  {
    name: "shadow: bounds",
    does: "the candidate has connections, bytes and time of its own, and is asked after the customer has her answer",
    fields: [],
    concerns: inShadow(() => true),
    on: {
      nginx: approximated(
        "Mirrored requests run beside the customer's and have no bound of their own; a slow candidate keeps connections of hers busy.",
        "Bound the candidate itself, or mirror a sample.",
      ),
      haproxy: NO_MIRROR,
      envoy: approximated(
        "Mirrored requests go out at once, within the bounds of the candidate's cluster, which are wide.",
        "Narrow circuit_breakers of the candidate's cluster.",
      ),
      "gateway-api": approximated(
        "What bounds a mirror is up to the implementation.",
        "Bound the candidate itself, or mirror a sample.",
      ),
    },
  },
  {
    name: "shadow.sample",
    does: "only a share of the requests is mirrored",
    fields: ["routes.[].shadow.sample"],
    concerns: inShadow(({ shadow }) => shadow?.sample !== undefined),
    on: {
      nginx: expressed("split_clients over the request's id"),
      haproxy: NO_MIRROR,
      envoy: expressed("runtime_fraction"),
      "gateway-api": expressed("fraction (extended feature HTTPRouteRequestPercentageMirror)"),
    },
  },
  {
    name: "shadow.methods, reads",
    does: "GET and HEAD are mirrored unless a route says otherwise",
    fields: ["routes.[].shadow.methods"],
    concerns: inShadow(({ shadow }) => shadow?.methods !== undefined),
    on: {
      nginx: expressed("$request_method in the key of the map"),
      haproxy: NO_MIRROR,
      envoy: expressed(":method"),
      "gateway-api": expressed("a rule of their own"),
    },
  },
  {
    name: "shadow.methods, writes",
    does: "other methods are mirrored where a route says so",
    fields: [],
    concerns: inShadow(({ shadow }) => shadow?.methods?.some((method) => !["GET", "HEAD"].includes(method)) === true),
    on: {
      nginx: lost(
        "nginx reads a body whole before it mirrors it, which would hold up every upload: only GET and HEAD are mirrored.",
        "Set mirror_request_body on in @strangler_shadow and add the methods to $strangler_shadow, if you accept that.",
      ),
      haproxy: NO_MIRROR,
      envoy: expressed("request_mirror_policies with the body"),
      "gateway-api": expressed("RequestMirror"),
    },
  },
  {
    name: "shadow.credentials",
    does: "whether the candidate gets Cookie and Authorization",
    fields: ["routes.[].shadow.credentials"],
    concerns: inShadow(({ shadow }) => shadow?.credentials === "drop"),
    on: {
      nginx: expressed("proxy_set_header in the mirror's location"),
      haproxy: NO_MIRROR,
      envoy: expressed("request_headers_mutations"),
      "gateway-api": lost(
        "A mirror cannot leave fields out, so such a route is not mirrored at all.",
        "Mirror it by an extension of your implementation.",
      ),
    },
  },
];

// --- internal ---

function inShadow(says: (route: RouteEntry) => boolean): Element["concerns"] {
  return inRoutes((route) => route.stage === "shadow" && says(route));
}
