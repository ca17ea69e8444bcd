import type { Answer } from "./compare.ts";

/** Where an answer's Location is its own: the Host that the customer asked for, and the upstream's own address. */
export type OwnOrigins = { host: string | undefined; upstream: string | undefined };

/**
 * The same answer with a Location that says the same whoever sends it: without the origin that the customer is on anyway, and
 * with one common word for the address of the upstream itself.
 */
export function withPlainLocation(answer: Answer, { host, upstream }: OwnOrigins): Answer {
  const location = answer.headers?.["location"]?.[0];
  if (location === undefined) return answer;
  const own = [`http://${host}`, `https://${host}`].find((origin) => isBelow(location, origin));
  const plain =
    own !== undefined
      ? afterOrigin(location, own)
      : upstream !== undefined && isBelow(location, upstream)
        ? `upstream:${afterOrigin(location, upstream)}`
        : location;
  return { ...answer, headers: { ...answer.headers, location: [plain] } };
}

// --- internal ---

function isBelow(location: string, origin: string): boolean {
  return location === origin || location.startsWith(`${origin}/`) || location.startsWith(`${origin}?`);
}

function afterOrigin(location: string, origin: string): string {
  return location.slice(origin.length) || "/";
}
