import type { HashName } from "@strangler/proxy";
import { startHaproxy, startNginx, type RunningEngine } from "@strangler/test-kit";
import { KEY_KINDS, type KeyKind } from "./customers.ts";

/** A proxy that others have written, asked for the side of a customer by its own means. */
export type Judge = {
  name: "nginx" | "haproxy";
  /** The hash that it has built in. */
  hash: HashName;
  start: (salt: string, shares: readonly number[]) => Promise<RunningEngine>;
  /** The body of its answer for a customer who is in this bucket. */
  expected: (bucket: number, shares: readonly number[]) => string;
};

export const JUDGES: readonly Judge[] = [
  {
    name: "nginx",
    hash: "murmur2-range",
    start: (salt, shares) => startNginx((port) => nginxText(port, salt, shares)),
    expected: (bucket, shares) => shares.map((share) => (bucket < share ? "s" : "m")).join(""),
  },
  {
    name: "haproxy",
    hash: "xxh32-mod",
    start: (salt) => startHaproxy((port) => haproxyText(port, salt)),
    expected: (bucket) => String(bucket),
  },
];

// --- internal ---

const NGINX_KEYS: Record<KeyKind, string> = {
  cookie: "$cookie_sid",
  minted: "$minted",
  header: "$http_x_account",
  address: "$remote_addr",
};

function nginxText(port: number, salt: string, shares: readonly number[]): string {
  const splits = KEY_KINDS.flatMap((kind) =>
    shares.map(
      (share) =>
        `split_clients "${salt}${NGINX_KEYS[kind]}" $${kind}_${share} { ${(share / 100).toFixed(2)}% s; * m; }`,
    ),
  );
  const places = KEY_KINDS.map(
    (kind) => `location = /${kind} { return 200 "${shares.map((share) => `$${kind}_${share}`).join("")}"; }`,
  );
  return `
  keepalive_requests 1000000000;
  map $http_cookie $minted { "~(?:^|;\\s*)strangler-customer=(?<value>[^;]*)" $value; }
  set_real_ip_from 127.0.0.1;
  real_ip_header X-Forwarded-For;
  ${splits.join("\n  ")}
  server { listen 127.0.0.1:${port}; default_type text/plain; ${places.join(" ")} }`;
}

const HAPROXY_KEYS: Record<KeyKind, string> = {
  cookie: "req.cook(sid)",
  minted: "req.cook(strangler-customer)",
  header: "req.hdr(x-account)",
  address: "src",
};

function haproxyText(port: number, salt: string): string {
  const keys = KEY_KINDS.map((kind) => `  http-request set-var(txn.key) ${HAPROXY_KEYS[kind]} if { path /${kind} }`);
  return `
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 5s
frontend keys
  bind 127.0.0.1:${port}
  http-request set-src req.hdr(x-forwarded-for) if { path /address }
${keys.join("\n")}
  http-request set-var(txn.bucket) str(${salt}),concat(,txn.key),xxh32(0),mod(10000)
  http-request return status 200 content-type text/plain lf-string "%[var(txn.bucket)]"
`;
}
