import { OWN_COOKIE } from "../../customer/own-cookie.ts";
import { OWN_VALUE_EXPRESSION, sharedRules, type Key, type Model } from "../model.ts";
import { escapeExpression } from "../path-expression.ts";
import { sideTest } from "./murmur.ts";
import { argument, quoted } from "./syntax.ts";

/** Sets txn.customer on routes in stage canary, mints a cookie where nothing names her, and sets txn.upstream by her bucket. */
export function customerLines(model: Model): string[] {
  const rules = sharedRules(model);
  if (rules.length === 0) return [];
  const ids = rules.map(({ rule }) => rule.id);
  const shared = `{ var(txn.route) -m str ${ids.join(" ")} }`;
  return [
    ...rules.flatMap(({ rule, split }) => split.keys.flatMap((key) => keyLines(rule.id, key))),
    ...ownCookieLines(shared),
    ...rules.flatMap(({ rule, split }) => [
      `http-request set-var(txn.upstream) str(${split.name}) if { var(txn.route) -m str ${rule.id} } { str(${rule.id}),concat(,txn.customer),${sideTest(split.hash, split.share)} }`,
    ]),
  ];
}

// --- internal ---

const UNNAMED = "!{ var(txn.customer) -m len gt 0 }";

// The first cookie of the name, where HAProxy's own req.cook would give the last.
function cookieValue(name: string): { value: string; there: string } {
  const blank = "[ \\t]*";
  const pair = `${blank}${escapeExpression(name)}${blank}=${blank}([^;]*?)${blank}`;
  return {
    value: `req.fhdr(cookie),regsub(${argument(`^(?:.*?;)??${pair}(?:;.*)?$`)},${argument("\\1")})`,
    there: `{ req.fhdr(cookie) -m reg ${quoted(`(?:^|;)${pair}(?:;|$)`)} }`,
  };
}

function keyLines(route: string, key: Key): string[] {
  const here = `{ var(txn.route) -m str ${route} } ${UNNAMED}`;
  if (key.from === "address") return [`http-request set-var(txn.customer) src if ${here}`];
  if (key.from === "header") return [`http-request set-var(txn.customer) req.fhdr(${key.name}) if ${here}`];
  const { value, there } = cookieValue(key.name);
  return [`http-request set-var(txn.customer) ${value} if ${here} ${there}`];
}

function ownCookieLines(shared: string): string[] {
  const { value, there } = cookieValue(OWN_COOKIE);
  return [
    `http-request set-var(txn.own) ${value} if ${shared} ${UNNAMED} ${there}`,
    `http-request set-var(txn.customer) var(txn.own) if { var(txn.own) -m reg ${quoted(`^${OWN_VALUE_EXPRESSION}$`)} }`,
    `http-request set-var(txn.minted) uuid(),digest(sha256),ub64enc,bytes(0,22) if ${shared} ${UNNAMED}`,
    "http-request set-var(txn.customer) var(txn.minted) if { var(txn.minted) -m found }",
  ];
}
