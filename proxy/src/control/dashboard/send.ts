import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";

/** Sends a document that may load what lies beside it, and nothing else: no inline script or style, no frame around it. */
export function sendPage(response: ServerResponse, status: number, document: string): void {
  response.writeHead(status, { ...PAGE_FIELDS, "content-type": "text/html; charset=utf-8" });
  response.end(document);
}

/** Sends the browser to another page, which it asks for with GET. */
export function sendElsewhere(response: ServerResponse, location: string, setCookie?: string): void {
  response.writeHead(303, { ...PAGE_FIELDS, location, ...(setCookie !== undefined && { "set-cookie": setCookie }) });
  response.end();
}

/** The fields of every answer of the dashboard. */
export const PAGE_FIELDS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

export type Asset = { type: string; body: Buffer };

/** Style, script and icon, as they lie in the package. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const read = (name: string, type: string): [string, Asset] => {
    const file = new URL(`../../../assets/dashboard/${name}`, import.meta.url);
    return [`/${name}`, { type, body: readFileSync(file) }];
  };
  return new Map([
    read("style.css", "text/css; charset=utf-8"),
    read("live.js", "text/javascript; charset=utf-8"),
    read("icon.svg", "image/svg+xml"),
  ]);
}

export function sendAsset(response: ServerResponse, { type, body }: Asset): void {
  response.writeHead(200, { ...PAGE_FIELDS, "cache-control": "no-cache", "content-type": type });
  response.end(body);
}
