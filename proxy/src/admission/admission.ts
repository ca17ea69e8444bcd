import type { OutgoingHttpHeaders } from "node:http";
import type { Logger } from "@strangler/platform";
import { clientAddress } from "../customer/client-address.ts";
import { findCustomer, type Claims } from "../customer/identify.ts";
import type { Keyring } from "../customer/keyring.ts";
import type { RequestHead } from "../guard/request-head.ts";
import type { IsTrusted } from "../guard/trusted-proxies.ts";
import type { RoutesSnapshot } from "../routes/parse.ts";
import type { Route } from "../routes/route.ts";
import { addressKey } from "./address-key.ts";
import type { AdmissionPlan, AuthPlan, JwtPlan, LimitKey, LimitPlan } from "./admission-plan.ts";
import { claimAt, hasRole, headerValueOf } from "./claims.ts";
import { createCounters } from "./counters.ts";
import { followKeys, type Keys } from "./keys.ts";
import { isExhausted, rateLimitFields, secondsLeft, type Usage } from "./rate-limit-fields.ts";
import {
  forbidden,
  tooMany,
  unauthenticated,
  unverifiable,
  type AdmissionRefusal,
  type RefusalKind,
} from "./refusal.ts";
import type { AdmissionReport, RouteAdmission } from "./report.ts";
import { readToken } from "./token.ts";
import { createVerifier, type Verify } from "./verify.ts";

/** A request that may pass. */
export type Admitted = {
  /** What the verified token says; undefined without one. */
  readonly claims: Claims | undefined;
  /** Fields for the answer, name and value in turn. */
  readonly fields: readonly string[];
};

export type AdmissionAnswer = { readonly admitted: Admitted } | { readonly refusal: AdmissionRefusal };

export type Admission = {
  /** Follows the keys that these routes name from now on. */
  apply: (snapshot: RoutesSnapshot) => void;
  /** Asked only for routes with an `admission`. Never rejects. */
  admit: (request: RequestHead, route: AdmittingRoute) => Promise<AdmissionAnswer>;
  report: () => AdmissionReport;
  close: () => void;
};

export type AdmittingRoute = Route & { readonly admission: AdmissionPlan };

export type AdmissionOptions = {
  log: Logger;
  /** Whose word for the client's address is taken. */
  isTrusted: IsTrusted;
  /** Knows the proxy's own cookies. */
  keyring: Keyring;
};

/** Lets requests in, or says why not: limits by address, then the token, then its roles, then the other limits. */
export function createAdmission({ log, isTrusted, keyring }: AdmissionOptions): Admission {
  const counters = createCounters(log);
  const counts = new Map<string, Record<RefusalKind | "admitted", number>>();
  let tokens: Tokens | undefined;

  async function spend(
    limits: readonly LimitPlan[],
    keyOf: (by: LimitKey) => string,
    usages: Usage[],
  ): Promise<boolean> {
    for (const limit of limits) {
      const usage = { limit, count: await counters.count(limit, keyOf(limit.by)) };
      usages.push(usage);
      if (isExhausted(usage)) return false;
    }
    return true;
  }

  async function judge(request: RequestHead, route: AdmittingRoute): Promise<AdmissionAnswer> {
    const { early, auth, late } = route.admission;
    const usages: Usage[] = [];
    const asked = () =>
      clientAddress(request.socket.remoteAddress ?? "", request.headers["x-forwarded-for"]?.toString(), isTrusted);
    const address = () => addressKey(asked());
    if (!(await spend(early, address, usages))) return refuseLimited(usages);

    const identity = auth && (await authenticate(request, auth, tokens));
    if (identity && "refusal" in identity) return identity;

    const claims = identity?.claims;
    const customer = () => findCustomer(route.keys, { headers: request.headers, claims, address: asked }, keyring)?.key;
    const keyOf = (by: LimitKey) => readKey(by, request, claims, customer) ?? `address ${address()}`;
    if (!(await spend(late, keyOf, usages))) return refuseLimited(usages);
    return { admitted: { claims, fields: rateLimitFields(usages) } };
  }

  function count(route: string, kind: RefusalKind | "admitted"): void {
    let known = counts.get(route);
    if (known === undefined) {
      known = { admitted: 0, limited: 0, unauthenticated: 0, forbidden: 0, unverifiable: 0 };
      counts.set(route, known);
    }
    known[kind] += 1;
  }

  return {
    apply: ({ jwt, routes }) => {
      for (const route of counts.keys()) if (!routes.some(({ id }) => id === route)) counts.delete(route);
      if (JSON.stringify(tokens?.plan) === JSON.stringify(jwt)) return;
      tokens?.keys.close();
      tokens = jwt && createTokens(jwt, log);
    },
    admit: async (request, route) => {
      const answer = await judge(request, route).catch((error: unknown): AdmissionAnswer => {
        log.error({ err: error, route: route.id }, "a request could not be judged, and was not let in");
        return { refusal: unverifiable() };
      });
      count(route.id, "refusal" in answer ? answer.refusal.counted : "admitted");
      return answer;
    },
    report: () => ({
      routes: [...counts].map(([route, kinds]): RouteAdmission => ({ route, ...kinds })),
      keys: tokens?.keys.report() ?? null,
      countedAlone: counters.alone(),
    }),
    close: () => tokens?.keys.close(),
  };
}

/** Puts what the token says into the header for the upstream, and takes the token out where the plan says so. */
export function addIdentity(headers: OutgoingHttpHeaders, jwt: JwtPlan | undefined, claims: Claims | undefined): void {
  if (jwt === undefined || claims === undefined) return;
  for (const [name, claim] of jwt.headers) {
    const value = headerValueOf(claimAt(claims, claim));
    if (value !== undefined) headers[name] = value;
  }
  if (!jwt.passesToken) delete headers["authorization"];
}

// --- internal ---

type Tokens = { plan: JwtPlan; keys: Keys; verify: Verify };

function createTokens(plan: JwtPlan, log: Logger): Tokens {
  const keys = followKeys(plan.keys, log);
  return { plan, keys, verify: createVerifier(plan, keys) };
}

function refuseLimited(usages: readonly Usage[]): AdmissionAnswer {
  const exhausted = usages.at(-1);
  return { refusal: tooMany(exhausted === undefined ? 1 : secondsLeft(exhausted), rateLimitFields(usages)) };
}

type Identity = { claims: Claims | undefined } | { refusal: AdmissionRefusal };

async function authenticate(request: RequestHead, auth: AuthPlan, tokens: Tokens | undefined): Promise<Identity> {
  if (tokens === undefined) return { refusal: unverifiable() };
  const token = readToken(request, tokens.plan.cookie);
  if (token === undefined) return auth.optional ? { claims: undefined } : { refusal: unauthenticated() };
  const verdict = await tokens.verify(token);
  if (verdict.token === "unverifiable") return { refusal: unverifiable() };
  if (verdict.token === "bad") return { refusal: unauthenticated(verdict.why) };
  const { claims } = verdict;
  if (auth.roles && !hasRole(claims, tokens.plan.rolesClaim, auth.roles)) return { refusal: forbidden() };
  return { claims };
}

// undefined: the request does not have what it is to be counted by.
function readKey(
  by: LimitKey,
  request: RequestHead,
  claims: Claims | undefined,
  customer: () => string | undefined,
): string | undefined {
  switch (by.from) {
    case "address":
      return undefined;
    case "route":
      return "route";
    case "customer":
      return prefixed("customer", customer());
    case "header":
      return prefixed("header", request.headers[by.name]?.toString());
    case "claim":
      return prefixed("claim", claims && headerValueOf(claimAt(claims, by.name)));
  }
}

// A value of one kind must not be taken for one of another.
function prefixed(kind: string, value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : `${kind} ${value}`;
}
