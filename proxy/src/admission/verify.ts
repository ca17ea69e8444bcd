import { errorCode } from "@strangler/platform";
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import type { Claims } from "../customer/identify.ts";
import type { JwtPlan } from "./admission-plan.ts";
import { KeysUnavailableError, type Keys } from "./keys.ts";

/** What a token turned out to be. `why` is fit for the client: it names the rule, and nothing of the token. */
export type Verdict =
  | { readonly token: "good"; readonly claims: Claims }
  | { readonly token: "bad"; readonly why: string }
  | { readonly token: "unverifiable" };

/** Verifies a token: signature by one of the allowed algorithms, issuer, audience, times. Never rejects. */
export type Verify = (token: string) => Promise<Verdict>;

export function createVerifier(plan: JwtPlan, keys: Keys): Verify {
  const remembered = new Map<string, Remembered>();
  const options: JWTVerifyOptions = {
    issuer: plan.issuer,
    audience: typeof plan.audience === "string" ? plan.audience : [...plan.audience],
    algorithms: [...plan.algorithms],
    clockTolerance: plan.clockToleranceMs / 1_000,
    requiredClaims: ["exp"],
  };
  let generation = -1;

  function recall(token: string): Verdict | undefined {
    if (generation !== keys.generation()) {
      generation = keys.generation();
      remembered.clear();
    }
    const known = remembered.get(token);
    if (known === undefined) return undefined;
    if (Date.now() < known.until) return known.verdict;
    remembered.delete(token);
    return undefined;
  }

  function remember(token: string, payload: JWTPayload, verdict: Verdict): void {
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
    remembered.set(token, { verdict, until: Math.min(Date.now() + REMEMBERED_MS, (payload.exp ?? 0) * 1_000) });
  }

  return async (token) => {
    const known = recall(token);
    if (known !== undefined) return known;
    const { payload, error } = await verifyOnce(token, keys, options);
    if (payload === undefined) return verdictOn(error);
    const verdict: Verdict = { token: "good", claims: payload };
    remember(token, payload, verdict);
    return verdict;
  };
}

// --- internal ---

type Remembered = { verdict: Verdict; until: number };
type Outcome = { payload: JWTPayload; error?: undefined } | { payload?: undefined; error: unknown };

// One customer sends the same token with every request; its signature need not be computed each time.
const MOST_REMEMBERED = 5_000;
const REMEMBERED_MS = 30_000;

async function verifyOnce(token: string, keys: Keys, options: JWTVerifyOptions): Promise<Outcome> {
  try {
    return { payload: (await jwtVerify(token, keys.find, options)).payload };
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return { error };
    return verifyWithEach(error, token, options);
  }
}

const MOST_KEYS_TRIED = 8;

// A token that does not name its key, while several would fit: as during a rotation.
async function verifyWithEach(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<Outcome> {
  let left = MOST_KEYS_TRIED;
  let last: unknown = candidates;
  for await (const key of candidates) {
    if (left === 0) break;
    left -= 1;
    try {
      return { payload: (await jwtVerify(token, key, options)).payload };
    } catch (error) {
      last = error;
    }
  }
  return { error: last };
}

// RFC 6750 section 3.1: invalid_token, with a reason that helps whoever holds the token.
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "the token has expired",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "the token is for another time, issuer or audience",
  ERR_JOSE_ALG_NOT_ALLOWED: "the token is signed by an algorithm that is not accepted",
  ERR_JOSE_NOT_SUPPORTED: "the token is signed by an algorithm that is not accepted",
  ERR_JWKS_NO_MATCHING_KEY: "the token is signed by an unknown key",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "the signature is wrong",
};

function verdictOn(error: unknown): Verdict {
  if (error instanceof KeysUnavailableError) return { token: "unverifiable" };
  return { token: "bad", why: REASONS[errorCode(error) ?? ""] ?? "the token is malformed" };
}
