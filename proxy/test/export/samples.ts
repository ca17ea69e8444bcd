import type { HashName } from "../../src/customer/hash.ts";

/** One request of a sample, and who sends it. */
export type Sample = {
  method: string;
  /** As it is sent: path and query. */
  target: string;
  headers: Record<string, string>;
  /** The address on the loopback network that it comes from. */
  from: string;
};

/** Every stage, every kind of path and key, and a route for everything that a match can ask for. `hash` is that of the others. */
export function sampleRoutes([monolith, stock, press]: readonly string[], hash: HashName, other = hash): string {
  return `
services:
  monolith: { url: "${monolith ?? ""}" }
  stock: { url: "${stock ?? ""}" }
  press: { url: "${press ?? ""}" }
sticky: { cookie: sid, hash: ${hash} }
override: { header: x-strangler-route, cookie: tester }
routes:
  - { id: items-list, match: { methods: [GET, HEAD], path: /items }, service: stock, stage: canary, percent: 37.5 }
  - { id: items-write, match: { methods: [POST, PUT], path: /items }, service: stock, stage: service }
  - { id: item, match: { path: /items/:id }, service: stock, stage: canary, percent: 10 }
  - { id: item-new, match: { methods: [GET], path: /items/new }, service: stock, stage: monolith }
  - { id: item-parts, match: { path: "/items/:id/parts/*" }, service: stock, stage: canary, percent: 62.49 }
  - { id: item-beta, match: { methods: [GET], path: "/items/:id", headers: { x-beta: "1" } }, service: press, stage: service }
  - { id: preview, match: { methods: [GET], path: /pages/home, query: { preview: "a b" } }, service: press, stage: service }
  - { id: any-preview, match: { methods: [GET], path: "/pages/*", query: { preview: true } }, service: stock, stage: service }
  - { id: pages, match: { path: "/pages/*" }, service: press, stage: canary, percent: 50 }
  - { id: root, match: { methods: [GET], path: / }, service: press, stage: service }
  - { id: slash, match: { path: /closed/ }, service: press, stage: service }
  - { id: cafe, match: { path: "/caf%C3%A9/:what" }, service: press, stage: service }
  - { id: matrix, match: { path: "/a;b=1/:x" }, service: press, stage: service }
  - { id: by-header, match: { path: "/members/*" }, service: stock, stage: canary, percent: 45.5, keys: [{ header: x-user }, { cookie: sid }] }
  - { id: by-address, match: { path: "/near/*" }, service: stock, stage: canary, percent: 33, keys: [{ cookie: member }, { address: true }] }
  - { id: other-hash, match: { path: "/other/*" }, service: stock, stage: canary, percent: 51, hash: ${other} }
  - { id: other-all, match: { path: /other/all }, service: stock, stage: canary, percent: 100, hash: ${other} }
  - { id: none-yet, match: { path: /none }, service: press, stage: canary, percent: 0 }
  - { id: everybody, match: { path: /all }, service: press, stage: canary, percent: 100 }
  - { id: watched, match: { path: "/watched/*" }, service: stock, stage: shadow }
`;
}

/** The same sample for the same seed. */
export function* sampleRequests(seed: number, count: number): Generator<Sample> {
  const next = createRandom(seed);
  const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)] as Value;
  const chance = (share: number) => next() < share;
  for (let index = 0; index < count; index += 1) {
    const path = chance(0.04) ? oneOf(HOSTILE) : respell(oneOf(PATHS)(word(next)), next);
    const headers: Record<string, string> = {};
    if (chance(0.3)) headers["x-beta"] = oneOf(["1", "0", "true", "11"]);
    const cookies = cookiesOf(next);
    if (cookies !== "") headers["cookie"] = cookies;
    if (chance(0.5)) headers["x-user"] = oneOf(["", " ", "josé", String(Math.floor(next() * 1e6))]);
    if (chance(0.1)) headers["x-request-id"] = oneOf(["abc-1", "not well formed", "a".repeat(129)]);
    yield {
      method: oneOf(METHODS),
      target: path + (chance(0.4) ? oneOf(QUERIES) : ""),
      headers,
      from: `127.0.0.${2 + Math.floor(next() * 40)}`,
    };
  }
}

// --- internal ---

const METHODS = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

const PATHS: readonly ((word: string) => string)[] = [
  () => "/",
  () => "/items",
  () => "/items/",
  () => "/items/new",
  (word) => `/items/${word}`,
  (word) => `/items/${word}/parts`,
  (word) => `/items/${word}/parts/`,
  (word) => `/items/${word}/parts/${word}/${word}`,
  (word) => `/items/${word}/other`,
  () => "/Items",
  () => "/itemsandmore",
  () => "/pages",
  () => "/pages/home",
  (word) => `/pages/${word}`,
  () => "/closed",
  () => "/closed/",
  (word) => `/caf%C3%A9/${word}`,
  (word) => `/caf%c3%a9/${word}`,
  (word) => `/a;b=1/${word}`,
  (word) => `/a%3Bb=1/${word}`,
  () => "/none",
  () => "/all",
  (word) => `/members/${word}`,
  (word) => `/near/${word}`,
  (word) => `/other/${word}`,
  () => "/other/all",
  (word) => `/watched/${word}`,
  (word) => `/elsewhere/${word}`,
];

const HOSTILE = [
  "/items//1",
  "/items/../pages",
  "/items/%2e%2e/pages",
  "/items/%2E/x",
  "/items/..;/pages",
  "/items/.%2e%3b/pages",
  "/items%2f1",
  "/items%5C1",
  "/items\\1",
  "/items/%00",
  "/items/%0d%0aX",
  "/items/%7f",
  "/items/%C2%85",
  "/items/%252e%252e/x",
  "/items/%25%32e",
  "/items/%ff",
  "/items/%C0%AF",
  "/items/%ED%A0%80",
  "/items/%F5%80%80%80",
  "/items/..",
  "/items/.",
];

const QUERIES = [
  "?preview=a+b",
  "?preview=a%20b",
  "?%70review=%61%20b",
  "?preview",
  "?preview=",
  "?preview=ab",
  "?x=1&preview=a+b",
  "?preview=other&preview=a+b",
  "?xpreview=a+b",
  "?PREVIEW=a+b",
  "?",
  "?a/../b//c",
];

function word(next: () => number): string {
  const length = 1 + Math.floor(next() * 8);
  return Array.from({ length }, () => WORDS[Math.floor(next() * WORDS.length)]).join("");
}

const WORDS = [
  ..."abcXYZ019-_~.".replace(".", ""),
  "%20",
  "%C3%BC",
  "@",
  "+",
  "%2B",
  ":",
  "!",
  "'",
  "%27",
  "x.y",
  ",",
  "%7B",
];

// Unreserved characters may be sent encoded; the path stays what it is.
function respell(path: string, next: () => number): string {
  if (next() < 0.8) return path;
  return path.replace(/%[0-9A-Fa-f]{2}|[A-Za-z0-9_~-]/g, (text) =>
    text.length === 1 && next() < 0.2 ? encoded(text, next() < 0.5) : text,
  );
}

function encoded(character: string, small: boolean): string {
  const digits = character.charCodeAt(0).toString(16);
  return `%${small ? digits : digits.toUpperCase()}`;
}

function cookiesOf(next: () => number): string {
  const kind = next();
  const id = Math.floor(next() * 1e9).toString(36);
  const own = `strangler-customer=${id.padEnd(22, "Aa0_-")}`;
  if (kind < 0.5) return next() < 0.3 ? `sid=${id}; member=${id}; tester=always` : `sid=${id}`;
  if (kind < 0.6) return `theme=dark; sid=${id}; ${own}`;
  if (kind < 0.65) return `sid=${id}; sid=another`;
  if (kind < 0.7) return `xsid=no; ${own}; SID=no`;
  if (kind < 0.75) return `sid=; ${own}`;
  if (kind < 0.8) return `sid = "${id} ö="; a=b`;
  if (kind < 0.85) return `strangler-customer=tooshort; b=c`;
  return kind < 0.9 ? "theme=dark" : "";
}

/** mulberry32: 32 bits of state are enough for a sample. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
