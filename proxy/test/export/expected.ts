import { bucketOf } from "../../src/customer/hash.ts";
import { findCustomer } from "../../src/customer/identify.ts";
import { createKeyring } from "../../src/customer/keyring.ts";
import { decideFor } from "../../src/decide.ts";
import { canonicalPath } from "../../src/guard/canonical-path.ts";
import type { RoutesSnapshot } from "../../src/routes/parse.ts";
import { findRoute } from "../../src/routes/table.ts";
import type { SampleAnswer } from "./ask.ts";
import type { Sample } from "./samples.ts";

export type Expected = { status: number; answeredBy: string | undefined; shadow: string | undefined; path: string };

/**
 * What this proxy decides on a sample: the same pure functions as for a request. A customer without a name gets one, so the
 * name she got is read from the answer: it has to count from this request on.
 */
export function expectedFor(snapshot: RoutesSnapshot, sample: Sample, answer: SampleAnswer): Expected {
  const { method, target, headers, from } = sample;
  const mark = target.indexOf("?");
  const query = mark === -1 ? "" : target.slice(mark);
  const canonical = canonicalPath(mark === -1 ? target : target.slice(0, mark));
  if ("refused" in canonical) return { status: 400, answeredBy: undefined, shadow: undefined, path: "" };
  const route = findRoute(snapshot.table, method, canonical.path, headers, query);
  const asker = { headers: asReceived(headers), claims: undefined, address: () => from };
  const key = findCustomer(route?.keys ?? [], asker, KEYRING)?.key ?? mintedIn(answer);
  const bucket = route && key !== undefined ? bucketOf(route.hash, route.id, key) : undefined;
  const decision = decideFor(route, { method, bucket, override: undefined });
  return { status: 200, answeredBy: decision.answeredBy, shadow: decision.shadow, path: canonical.path + query };
}

// --- internal ---

// Without a secret: no engine can check a signature.
const KEYRING = createKeyring([]);

// A parser takes the blanks around a value away.
function asReceived(headers: Sample["headers"]): Sample["headers"] {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
}

function mintedIn({ setCookie }: SampleAnswer): string | undefined {
  return setCookie.map((cookie) => /^strangler-customer=([A-Za-z0-9_-]{22});/.exec(cookie)?.[1]).find(Boolean);
}
