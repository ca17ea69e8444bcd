import type { IncomingHttpHeaders } from "node:http";
import type { Route } from "./routes/route.ts";
import { MONOLITH } from "./routes/stages.ts";
import { findRoute, type RouteTable } from "./routes/table.ts";

export type Override = "always" | "never";

/** All that a decision may know of a request. */
export type RequestFacts = {
  readonly method: string;
  /** In canonical form. */
  readonly path: string;
  /** Names in small letters. Only looked at where a route asks for some. */
  readonly headers?: IncomingHttpHeaders;
  /** With its question mark, or "". Only looked at where a route asks for parameters. */
  readonly query?: string;
  /** 0..9999, the same for one customer and route every time; undefined where nobody asked who the customer is. */
  readonly bucket: number | undefined;
  /** What a tester asked for. */
  readonly override: Override | undefined;
  /** Whether she has written something that the service may not have yet. */
  readonly ownWrite?: boolean;
};

export type Decision = {
  readonly side: "monolith" | "service";
  /** The name of the upstream that answers. */
  readonly answeredBy: string;
  /** The service whose answer is compared, without the customer noticing. */
  readonly shadow: string | undefined;
  readonly because: "no route" | "stage" | "share" | "override" | "own write";
};

/** Who answers a request. No clock, no chance: the same routes and facts always give the same decision. */
export function decide(table: RouteTable, facts: RequestFacts): Decision {
  return decideFor(findRoute(table, facts.method, facts.path, facts.headers, facts.query), facts);
}

/** The same, for a caller who has found the route already. */
export function decideFor(route: Route | undefined, facts: Omit<RequestFacts, "path" | "headers" | "query">): Decision {
  if (route === undefined) return monolith("no route");
  if (facts.override === "never") return monolith("override");
  if (facts.override === "always" && mayBeTried(route, facts.method)) return service(route, "override");

  switch (route.stage) {
    case "monolith":
      return monolith("stage");
    case "shadow":
      return monolith("stage", route.shadow.methods.includes(facts.method) ? route.service : undefined);
    case "canary":
      if (facts.bucket === undefined || facts.bucket >= route.share) return monolith("share");
      return facts.ownWrite === true ? monolith("own write") : service(route, "share");
    case "service":
      return service(route, "stage");
  }
}

// --- internal ---

function monolith(because: Decision["because"], shadow?: string): Decision {
  return { side: "monolith", answeredBy: MONOLITH, shadow, because };
}

function service(route: Route, because: Decision["because"]): Decision {
  return { side: "service", answeredBy: route.service, shadow: undefined, because };
}

// A tester may look at a service before any customer does. She may not write to it: that write would be lost to everyone else.
function mayBeTried(route: Route, method: string): boolean {
  return route.stage === "canary" || route.stage === "service" || isRead(method);
}

// A write sent twice is a write done twice.
function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
