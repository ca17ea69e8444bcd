import { HOSTILE_PATHS, UTF8_PATH } from "../hostile-paths.ts";
import type { Model } from "../model.ts";
import { escapeExpression } from "../path-expression.ts";
import { refuse } from "./refuse.ts";
import { quoted } from "./syntax.ts";

/** Refuses what is refused, then brings the path into the form that is matched and forwarded. */
export function guardLines(): string[] {
  return [
    `${refuse(405, "Method Not Allowed")} if { method CONNECT TRACE }`,
    `${refuse(414, "URI Too Long")} if { url_len gt 8192 }`,
    `${refuse(400, "Bad Request")} if { url -m sub '#' }`,
    ...HOSTILE_PATHS.map(({ expression }) => `${refuse(400, "Bad Request")} if { path -m reg ${quoted(expression)} }`),
    `${refuse(400, "Bad Request")} unless { path -m reg ${quoted(`^${UTF8_PATH}$`)} }`,
    // normalize-uri would respell the query too, and may be asked for a query that has lost its way already.
    "http-request set-var(txn.query) query",
    "http-request normalize-uri percent-decode-unreserved",
    "http-request normalize-uri percent-to-uppercase",
    "http-request set-query %[var(txn.query)] if { var(txn.query) -m len gt 0 }",
  ];
}

/** The header of the request: what the client says of itself is not believed, what belongs to one connection ends here. */
export function upstreamHeaderLines(model: Model): string[] {
  return [
    "http-request set-var(txn.request_id) req.hdr(x-request-id) if { req.hdr_cnt(x-request-id) eq 1 } { req.fhdr(x-request-id) -m reg '^[A-Za-z0-9_.:-]{1,128}$' }",
    "http-request set-var(txn.request_id) uuid() unless { var(txn.request_id) -m found }",
    "http-request set-var(txn.trace) uuid(),regsub(-,,g)",
    "http-request set-var(txn.span) uuid(),regsub(-,,g),bytes(0,16)",
    `http-request set-var(txn.trace) req.fhdr(traceparent),field(2,-) if { req.fhdr(traceparent) -m reg ${quoted("^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")} }`,
    "http-request del-header ^x[-_]forwarded[-_](for|host|port|prefix|proto|server)$ -m reg",
    "http-request del-header ^(x[-_]real[-_]ip|forwarded)$ -m reg",
    "http-request del-header ^(keep-alive|proxy-connection|proxy-authorization|http2-settings|te|trailer)$ -m reg",
    ...upgradeLines(model),
    ...model.hidden.fields.map((name) => `http-request del-header ${name}`),
    ...model.hidden.cookies.flatMap(hideCookie),
    "http-request del-header cookie if { req.fhdr(cookie) -m len 0 }",
    "http-request set-header x-forwarded-for %[src]",
    "http-request set-header x-forwarded-host %[req.hdr(host)]",
    "http-request set-header x-forwarded-proto http unless { ssl_fc }",
    "http-request set-header x-forwarded-proto https if { ssl_fc }",
    ...(model.portTold ? PORT : []),
    "http-request set-header x-request-id %[var(txn.request_id)]",
    "http-request set-header traceparent 00-%[var(txn.trace)]-%[var(txn.span)]-01",
  ];
}

// --- internal ---

// Where routes say nothing of it, every WebSocket is an upgrade; else only those of the routes that allow them.
function upgradeLines({ rules, upgradesElsewhere }: Model): string[] {
  const others = rules.filter(({ upgrades }) => upgrades !== upgradesElsewhere).map(({ id }) => id);
  const where = `{ var(txn.route) -m str ${others.join(" ")} }`;
  const nowhere = "http-request del-header upgrade";
  return [
    "http-request del-header upgrade unless { req.hdr(upgrade) -i websocket }",
    ...(upgradesElsewhere && others.length > 0 ? [`${nowhere} if ${where}`] : []),
    ...(upgradesElsewhere ? [] : [others.length > 0 ? `${nowhere} unless ${where}` : nowhere]),
  ];
}

// The port that the customer has named, or that of the scheme.
const PORT = [
  "http-request set-header x-forwarded-port %[req.hdr(host),port_only]",
  "http-request set-header x-forwarded-port 80 if { req.hdr(host),port_only -m int eq 0 } !{ ssl_fc }",
  "http-request set-header x-forwarded-port 443 if { req.hdr(host),port_only -m int eq 0 } { ssl_fc }",
];

function hideCookie(name: string): string[] {
  const cookie = escapeExpression(name);
  return [
    `http-request replace-header Cookie ${quoted(`^${cookie}=[^;]*(?:; *(.*))?$`)} '\\1'`,
    `http-request replace-header Cookie ${quoted(`^(.+?); *${cookie}=[^;]*(;.*)?$`)} '\\1\\2'`,
  ];
}
