import {
  compareAnswers,
  DEFAULT_RULES,
  type Answer,
  type Difference,
  type Mismatch,
  type ShadowRules,
} from "@strangler/proxy";
import type { AskedAgain } from "./explain-mismatches.ts";

/** Addresses of the upstreams by name, as the proxy has them. */
export type Upstreams = ReadonlyMap<string, string>;

/** Asks the monolith and the service a mismatch's question again, at the same time, and compares by the route's rules. */
export async function askAgain(
  mismatch: Mismatch,
  monolith: string,
  upstreams: Upstreams,
  rules: ShadowRules = DEFAULT_RULES,
): Promise<AskedAgain> {
  if (mismatch.redacted) {
    return { equal: false, difference: "its question held personal data that was not kept; ask it by hand" };
  }
  const [control, candidate] = await Promise.all([
    ask(getAddress(upstreams, monolith), mismatch),
    ask(getAddress(upstreams, mismatch.service), mismatch),
  ]);
  const comparison = compareAnswers(control, candidate, rules);
  return comparison.outcome === "equal"
    ? { equal: true }
    : { equal: false, difference: comparison.differences.map(describe).join("; ") };
}

/** One line that a person can act on. */
export function describe({ kind, at, control, candidate }: Difference): string {
  if (kind === "missing") return `${at}: the monolith says ${show(control)}, the service nothing`;
  if (kind === "extra") return `${at}: only the service says ${show(candidate)}`;
  return `${at}: the monolith says ${show(control)}, the service ${show(candidate)}`;
}

// --- internal ---

const LIMIT_MS = 10_000;

function getAddress(upstreams: Upstreams, name: string): string {
  const address = upstreams.get(name);
  if (address === undefined) throw new Error(`The proxy reports no upstream "${name}".`);
  return address;
}

async function ask(origin: string, { method, path, accept }: Mismatch): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: accept === null ? {} : { accept },
    redirect: "manual",
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const contentType = response.headers.get("content-type") ?? undefined;
  return { status: response.status, contentType, headers: fieldsOf(response.headers), body: await response.text() };
}

function fieldsOf(headers: Headers): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (const [name, value] of headers) if (name !== "set-cookie") fields[name] = [value];
  const cookies = headers.getSetCookie();
  return cookies.length === 0 ? fields : { ...fields, "set-cookie": cookies };
}

function show(value: string | null): string {
  return value ?? "nothing";
}
