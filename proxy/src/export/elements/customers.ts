import type { RouteEntry, RoutesDocument } from "../../routes/schema.ts";
import { DEFAULT_HASH } from "../../customer/hash.ts";
import { approximated, everywhere, expressed, inFile, inRoutes, lost, type Element } from "./element.ts";

const NOT_STICKY = lost(
  "Weights are drawn for every request anew: no customer keeps her side.",
  "Use session persistence if your implementation has it (GEP-1619, experimental), or finish canaries before you leave.",
);
const OTHER_NAME = "she is named anew when she comes back to a proxy that has a secret";

/** Which customers a canary's service answers. */
export const CUSTOMERS: readonly Element[] = [
  {
    name: "percent",
    does: "the share of customers whom the service answers, always the same ones",
    fields: ["routes.[].percent"],
    concerns: inCanaries(() => true),
    on: {
      nginx: expressed("split_clients or njs"),
      haproxy: expressed("a hash compared with the share"),
      envoy: expressed("a hash in the Lua filter compared with the share"),
      "gateway-api": NOT_STICKY,
    },
  },
  {
    name: "hash: xxh32-mod",
    does: "XXH32 over route and customer, modulo 10,000",
    fields: ["routes.[].hash", "sticky.hash"],
    concerns: inCanaries((route, document) => hashOf(route, document) === "xxh32-mod"),
    on: {
      nginx: expressed("strangler.js, which needs njs (Debian: libnginx-mod-http-js)"),
      haproxy: expressed("xxh32(0),mod(10000)"),
      envoy: expressed("the Lua filter"),
      "gateway-api": NOT_STICKY,
    },
  },
  {
    name: "hash: murmur2-range",
    does: "MurmurHash2 over route and customer, by ranges of its values",
    fields: [],
    concerns: inCanaries((route, document) => hashOf(route, document) === "murmur2-range"),
    on: {
      nginx: expressed("split_clients"),
      haproxy: expressed("strangler-murmur2.lua"),
      envoy: expressed("the Lua filter"),
      "gateway-api": NOT_STICKY,
    },
  },
  {
    name: "keys: cookie",
    does: "the first cookie of a name names the customer",
    fields: ["sticky.cookie", "sticky.keys.[].cookie", "routes.[].keys.[].cookie"],
    concerns: inCanaries((route, document) => keysOf(route, document).some((key) => "cookie" in key)),
    on: {
      nginx: expressed("an expression over the Cookie field"),
      haproxy: expressed("an expression over the Cookie field"),
      envoy: expressed("the Lua filter"),
      "gateway-api": NOT_STICKY,
    },
  },
  {
    name: "keys: header",
    does: "a field of the request names the customer",
    fields: ["sticky.keys.[].header", "routes.[].keys.[].header"],
    concerns: inCanaries((route, document) => keysOf(route, document).some((key) => "header" in key)),
    on: {
      nginx: approximated(
        "Of a field that is there several times, nginx before 1.23 takes the first; here all of them are joined.",
        "Let whoever sets the field set it once.",
      ),
      haproxy: approximated(
        "Of a field that is there several times, HAProxy takes the last; here all of them are joined.",
        "Let whoever sets the field set it once.",
      ),
      envoy: approximated(
        "Of a field that is there several times, the first is taken; here all of them are joined.",
        "Let whoever sets the field set it once.",
      ),
      "gateway-api": NOT_STICKY,
    },
  },
  {
    name: "keys: address",
    does: "the client's address names the customer",
    fields: ["sticky.keys.[].address", "routes.[].keys.[].address"],
    concerns: inCanaries((route, document) => keysOf(route, document).some((key) => "address" in key)),
    on: {
      nginx: expressed("$remote_addr"),
      haproxy: expressed("src"),
      envoy: expressed("the downstream remote address"),
      "gateway-api": NOT_STICKY,
    },
  },
  {
    name: "keys: claim",
    does: "a claim of a verified token names the customer",
    fields: ["sticky.keys.[].claim", "routes.[].keys.[].claim"],
    concerns: inCanaries((route, document) => keysOf(route, document).some((key) => "claim" in key)),
    on: everywhere(
      lost(
        "Tokens are not verified, and an unverified claim is anybody's: the next key names the customer, who may change sides.",
        "Let whoever verifies tokens in front set a field, and name it as a key of the route before you export.",
      ),
    ),
  },
  {
    name: "customer's own cookie",
    does: "whoever has no key gets a cookie that counts from the first request, signed where there is a secret",
    fields: [],
    concerns: inCanaries((route, document) => !keysOf(route, document).some((key) => "address" in key)),
    on: {
      nginx: approximated(
        `88 random bits where this proxy takes 128, and no signature: a customer could choose her side, and ${OTHER_NAME}.`,
        "Finish canaries of guests before you go back; name customers by a cookie of your own where it matters.",
      ),
      haproxy: approximated(
        `HAProxy's random numbers are not made for secrets, and there is no signature: a customer could choose her side, and ${OTHER_NAME}.`,
        "Finish canaries of guests before you go back; name customers by a cookie of your own where it matters.",
      ),
      envoy: approximated(
        `128 random bits, but no signature and never Secure: a customer could choose her side, and ${OTHER_NAME}.`,
        "Finish canaries of guests before you go back; name customers by a cookie of your own where it matters.",
      ),
      "gateway-api": lost("No cookie is made.", "Use session persistence if your implementation has it (GEP-1619)."),
    },
  },
  {
    name: "override",
    does: "testers choose a side by a signed field or cookie",
    fields: ["override"],
    concerns: inFile(({ override }) => override !== undefined),
    on: {
      nginx: overrideLost("The field and the cookie end here as they do at this proxy."),
      haproxy: overrideLost("The field and the cookie end here as they do at this proxy."),
      envoy: overrideLost("The field and the cookie end here as they do at this proxy."),
      "gateway-api": overrideLost("The field ends there, the cookie is passed on."),
    },
  },
  {
    name: "ownWrites",
    does: "a customer who has just written is read from the monolith until the service has her write",
    fields: ["routes.[].ownWrites", "streams"],
    concerns: inRoutes(({ ownWrites }) => ownWrites !== undefined),
    on: everywhere(
      lost(
        "No engine asks a stream how far it is: a customer may read from the service before her write is there.",
        "Move reads and writes of the route together, or finish the canary before you leave.",
      ),
    ),
  },
];

// --- internal ---

function inCanaries(says: (route: RouteEntry, document: RoutesDocument) => boolean): Element["concerns"] {
  return inRoutes((route, document) => route.stage === "canary" && says(route, document));
}

function hashOf(route: RouteEntry, { sticky }: RoutesDocument): string {
  return route.hash ?? sticky?.hash ?? DEFAULT_HASH;
}

function keysOf(route: RouteEntry, { sticky }: RoutesDocument): object[] {
  return route.keys ?? sticky?.keys ?? (sticky?.cookie === undefined ? [] : [{ cookie: sticky.cookie }]);
}

function overrideLost(fate: string) {
  return lost(
    `No engine here can check the signature, and an unsigned choice would be anybody's. ${fate}`,
    "Let testers use the service's own address.",
  );
}
