import { compareAnswers, type Answer, type Difference, type Mismatch } from "@strangler/proxy";
import type { AskedAgain } from "./explain-mismatches.ts";

/** Addresses of the upstreams by name, as the proxy has them. */
export type Upstreams = ReadonlyMap<string, string>;

/** Asks the monolith and the service a mismatch's question again, at the same time, and compares. */
export async function askAgain(mismatch: Mismatch, monolith: string, upstreams: Upstreams): Promise<AskedAgain> {
  const [control, candidate] = await Promise.all([
    ask(getAddress(upstreams, monolith), mismatch),
    ask(getAddress(upstreams, mismatch.service), mismatch),
  ]);
  const comparison = compareAnswers(control, candidate);
  return comparison.outcome === "equal"
    ? { equal: true }
    : { equal: false, difference: describe(comparison.difference) };
}

/** One line that a person can act on. */
export function describe(difference: Difference): string {
  const { control, candidate } = difference;
  const sides = `the monolith says ${show(control)}, the service ${show(candidate)}`;
  switch (difference.kind) {
    case "status":
      return `status: ${sides}`;
    case "content-type":
      return `content type: ${sides}`;
    case "json":
      return `${difference.pointer === "" ? "the whole answer" : difference.pointer}: ${sides}`;
    case "text":
      return `line ${difference.line}, column ${difference.column}: ${sides}`;
  }
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
  return { status: response.status, contentType, body: await response.text() };
}

function show(value: string | number | null): string {
  return value === null ? "nothing" : String(value);
}
