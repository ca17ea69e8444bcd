import type { BucketOf } from "./bucket.ts";
import { OWN_COOKIE, readCookie } from "./customer.ts";
import { decideFor, type Decision, type Override } from "./decide.ts";
import { canonicalPath } from "./guard/canonical-path.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import { describeMatch, type Route } from "./routes/route.ts";
import type { Stage } from "./routes/stages.ts";
import { findRoute } from "./routes/table.ts";

export type Question = {
  method: string;
  /** Path, with or without a query. */
  target: string;
  /** What the sticky cookie holds, or the proxy's own. */
  customer?: string | undefined;
  /** Names in small letters. */
  headers?: Readonly<Record<string, string>> | undefined;
};

export type Explanation = {
  method: string;
  /** In the form in which it is matched and forwarded; as it was asked for where it is refused. */
  path: string;
  route: { id: string; match: string; service: string } | null;
  stage: Stage | null;
  /** Only in stage canary. */
  percent: number | null;
  customer: string | null;
  /** 0..9999; null without a route or a customer. */
  bucket: number | null;
  /** `proxy` when the request is refused. */
  answeredBy: string;
  shadow: string | null;
  /** Sentences for a person. */
  why: string;
};

/** Which route, which stage, which bucket, who answers and why: the same functions as for a request, with their reasons. */
export function explainRequest(snapshot: RoutesSnapshot, question: Question, bucketOf: BucketOf): Explanation {
  const { method, target, headers = {} } = question;
  const [rawPath = ""] = target.split("?", 1);
  const canonical = canonicalPath(rawPath);
  if ("refused" in canonical) return refused(method, rawPath, canonical.refused);

  const route = findRoute(snapshot.table, method, canonical.path);
  const customer = question.customer ?? customerIn(headers["cookie"], snapshot);
  const bucket = route && customer !== undefined ? bucketOf(route.id, customer) : undefined;
  const override = overrideIn(headers, snapshot);
  const decision = decideFor(route, { method, bucket, override });
  return {
    method,
    path: canonical.path,
    route: route ? { id: route.id, match: describeMatch(route), service: route.service } : null,
    stage: route?.stage ?? null,
    percent: route?.stage === "canary" ? route.share / 100 : null,
    customer: customer ?? null,
    bucket: bucket ?? null,
    answeredBy: decision.answeredBy,
    shadow: decision.shadow ?? null,
    why: reason(route, decision, { customer, bucket, override, overrideHeader: snapshot.overrideHeader }),
  };
}

// --- internal ---

type Known = {
  customer: string | undefined;
  bucket: number | undefined;
  override: Override | undefined;
  overrideHeader: string | undefined;
};

function refused(method: string, path: string, why: string): Explanation {
  const nobody = { route: null, stage: null, percent: null, customer: null, bucket: null, shadow: null };
  return { method, path, ...nobody, answeredBy: "proxy", why: `The proxy refuses the request with 400: ${why}.` };
}

function customerIn(cookies: string | undefined, { stickyCookie }: RoutesSnapshot): string | undefined {
  const sticky = stickyCookie === undefined ? undefined : readCookie(cookies, stickyCookie);
  return sticky !== undefined && sticky !== "" ? sticky : readCookie(cookies, OWN_COOKIE);
}

function overrideIn(
  headers: Readonly<Record<string, string>>,
  { overrideHeader }: RoutesSnapshot,
): Override | undefined {
  const value = overrideHeader === undefined ? undefined : headers[overrideHeader];
  return value === "always" || value === "never" ? value : undefined;
}

function reason(route: Route | undefined, decision: Decision, known: Known): string {
  if (route === undefined) return "No route matches, and the monolith answers all that no route has taken out.";
  const answers = `${decision.answeredBy} answers`;
  switch (decision.because) {
    case "override":
      return `The header ${known.overrideHeader ?? ""}: ${known.override ?? ""} overrides stage ${route.stage}, so ${answers}.`;
    case "share":
      return shareReason(route, answers, known);
    case "stage":
    case "no route":
      return stageReason(route, decision, answers);
  }
}

function shareReason(route: Route, answers: string, { customer, bucket }: Known): string {
  const share = `Stage canary gives ${route.share / 100} % of the customers (buckets below ${route.share}) to ${route.service}`;
  if (bucket === undefined) {
    return `${share}; without a customer nobody can say who answers. Name one with --customer.`;
  }
  return `${share}; "${customer ?? ""}" is in bucket ${bucket}, so ${answers}.`;
}

function stageReason(route: Route, decision: Decision, answers: string): string {
  if (route.stage !== "shadow") return `Stage ${route.stage}: ${answers} everybody.`;
  if (decision.shadow !== undefined) return `Stage shadow: ${answers}, ${decision.shadow} is asked too and compared.`;
  return `Stage shadow: ${answers}. Only GET and HEAD are shadowed: a write sent twice is done twice.`;
}
