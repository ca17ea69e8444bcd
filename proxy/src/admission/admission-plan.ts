import path from "node:path";
import type { AuthFields, JwtFields, LimitFields } from "./admission-fields.ts";

/** Who shares one count. Header names in small letters. */
export type LimitKey =
  { readonly from: "address" | "customer" | "route" } | { readonly from: "claim" | "header"; readonly name: string };

export type LimitPlan = {
  /** Unique among all routes. */
  readonly id: string;
  readonly requests: number;
  readonly perSeconds: number;
  readonly by: LimitKey;
};

export type AuthPlan = {
  /** undefined: any valid token will do. */
  readonly roles: ReadonlySet<string> | undefined;
  readonly optional: boolean;
};

/** What a route asks of a request before it is passed on. */
export type AdmissionPlan = {
  /** Limits by address come before the signature is looked at: checking signatures is what a flood would make us do. */
  readonly early: readonly LimitPlan[];
  readonly auth: AuthPlan | undefined;
  readonly late: readonly LimitPlan[];
};

/** How tokens are verified. Times in milliseconds. */
export type JwtPlan = {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
  readonly keys: KeysPlan;
  readonly rolesClaim: string;
  readonly cookie: string | undefined;
  /** Names in small letters, with the claim they carry. */
  readonly headers: readonly (readonly [name: string, claim: string])[];
  readonly passesToken: boolean;
};

export type KeysPlan =
  | { readonly from: "url"; readonly url: string; readonly refreshMs: number; readonly cooldownMs: number }
  | { readonly from: "file"; readonly file: string };

type AdmittingEntry = { id: string; limit?: LimitFields | undefined; auth?: AuthFields | undefined };

/** undefined: the route lets everybody in, and nothing is paid for that. */
export function admissionPlanOf(route: AdmittingEntry): AdmissionPlan | undefined {
  const { id, limit = [], auth } = route;
  const limits = [limit].flat().map((rule, index) => limitPlanOf(`${id}#${index}`, rule));
  if (limits.length === 0 && auth === undefined) return undefined;
  return Object.freeze({
    early: limits.filter(({ by }) => by.from === "address"),
    auth: auth && { roles: auth.roles && new Set(auth.roles), optional: auth.optional },
    late: limits.filter(({ by }) => by.from !== "address"),
  });
}

export function jwtPlanOf(fields: JwtFields, routesFile: string): JwtPlan {
  const { issuer, audience, algorithms, clockToleranceSeconds, rolesClaim, cookie, headers, authorization, jwks } =
    fields;
  const { url, file = "", refreshSeconds, cooldownSeconds } = jwks;
  return {
    issuer,
    audience,
    algorithms,
    clockToleranceMs: clockToleranceSeconds * 1_000,
    keys:
      url === undefined
        ? { from: "file", file: path.resolve(path.dirname(routesFile), file) }
        : { from: "url", url, refreshMs: refreshSeconds * 1_000, cooldownMs: cooldownSeconds * 1_000 },
    rolesClaim,
    cookie,
    headers: Object.entries(headers).map(([name, claim]) => [name.toLowerCase(), claim] as const),
    passesToken: authorization === "pass",
  };
}

/**
 * Names of request fields that only the proxy may send, in small letters, in every spelling: servers that turn headers into CGI
 * variables read `x_auth_subject` as they read `x-auth-subject`.
 */
export function identityFields(jwt: JwtPlan | undefined): string[] {
  return (jwt?.headers ?? []).flatMap(([name]) => spellings(name));
}

/** What is wrong with a route's wishes taken together with the rest of the file, in a sentence. */
export function findAdmissionProblem(
  route: AdmittingEntry,
  hasJwt: boolean,
): { at: string; reason: string; suggestion: string } | undefined {
  const { id, limit = [], auth } = route;
  if (auth !== undefined && !hasJwt) {
    const reason = `route "${id}" asks for a token, but the file does not say how tokens are verified.`;
    return { at: "auth", reason, suggestion: `Add "jwt" with issuer, audience and jwks.` };
  }
  if (auth === undefined && [limit].flat().some(({ by }) => typeof by === "object" && "claim" in by)) {
    const reason = `route "${id}" has a limit by claim, but asks for no token.`;
    return { at: "limit", reason, suggestion: `Add "auth: {}", or "auth: { optional: true }".` };
  }
  return undefined;
}

// --- internal ---

function spellings(name: string): string[] {
  const [first = "", ...others] = name.split("-");
  return others.reduce((heads, word) => heads.flatMap((head) => [`${head}-${word}`, `${head}_${word}`]), [first]);
}

type LimitRule = Exclude<LimitFields, readonly unknown[]>;

function limitPlanOf(id: string, { requests, perSeconds, by }: LimitRule): LimitPlan {
  return { id, requests, perSeconds, by: limitKeyOf(by) };
}

function limitKeyOf(by: LimitRule["by"]): LimitKey {
  if (typeof by === "string") return { from: by };
  return "claim" in by ? { from: "claim", name: by.claim } : { from: "header", name: by.header.toLowerCase() };
}
