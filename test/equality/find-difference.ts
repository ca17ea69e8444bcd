import type { Answer } from "./ask.ts";

/** What a customer, her browser or a cache between acts upon. The other headers are each server's own. */
export const COMPARED_HEADERS = [
  "content-type",
  "content-length",
  "etag",
  "location",
  "cache-control",
  "allow",
  "content-security-policy",
  "referrer-policy",
];

/** One sentence on the first thing in which the service's answer differs from the monolith's; undefined when they are equal. */
export function findDifference(monolith: Answer, service: Answer): string | undefined {
  if (monolith.status !== service.status) {
    return `status: monolith ${monolith.status}, service ${service.status}; the service says ${excerpt(service.body, 0)}`;
  }
  // The body before the headers that follow from it.
  return findInBody(monolith.body, service.body) ?? findInHeaders(monolith, service);
}

// --- internal ---

function findInHeaders(monolith: Answer, service: Answer): string | undefined {
  const name = COMPARED_HEADERS.find((header) => monolith.headers[header] !== service.headers[header]);
  if (name === undefined) return undefined;
  return `${name}: monolith ${shown(monolith.headers[name])}, service ${shown(service.headers[name])}`;
}

function shown(value: string | undefined): string {
  return value === undefined ? "none" : JSON.stringify(value);
}

function findInBody(monolith: Buffer, service: Buffer): string | undefined {
  if (monolith.equals(service)) return undefined;
  const length = Math.min(monolith.length, service.length);
  let at = 0;
  while (at < length && monolith[at] === service[at]) at += 1;
  return `body at byte ${at}: monolith ${excerpt(monolith, at)}, service ${excerpt(service, at)}`;
}

function excerpt(body: Buffer, at: number): string {
  return JSON.stringify(body.subarray(Math.max(0, at - 60), at + 60).toString("utf8"));
}
