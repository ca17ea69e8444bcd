import type { RoutesSnapshot } from "../routes/parse.ts";

/** What the routes ask for and cannot have as long as there is no secret to sign with; undefined when nothing is missing. */
export function describeMissingSecret({ override, ownWrites }: RoutesSnapshot): string | undefined {
  const missing = [
    ...(override !== undefined && !override.unsigned ? ["no tester can choose a side"] : []),
    ...(ownWrites === undefined ? [] : ["other replicas do not know who has just written here"]),
  ];
  return missing.length === 0 ? undefined : `PROXY_SECRET is not set: ${missing.join(", and ")}`;
}
