import { OWN_COOKIE } from "../../customer/own-cookie.ts";
import { MONOLITH } from "../../routes/stages.ts";
import { escapeExpression } from "../path-expression.ts";
import { OWN_VALUE_EXPRESSION, sharedRules, type Key, type Model } from "../model.ts";
import { importLines } from "./xxh32.ts";
import { expression, mapBlock, quoted, variableOf } from "./syntax.ts";

// Who asks, and on which side she is. `split_clients` is MurmurHash2 over ranges of its 2^32 values; XXH32 takes a script.

/** The customer of every route in stage canary, her side, and the cookie for whoever has none. */
export function customerMaps(model: Model): string[] {
  const rules = sharedRules(model);
  const hiding = hideCookies(model.hidden.cookies);
  if (rules.length === 0) return hiding;
  const chains = distinctChains(rules.map(({ split }) => split.keys));
  return [
    ...hiding,
    ...cookieMaps(chains),
    ownCookieMaps(),
    ...chains.flatMap((chain) => chainMaps(chain)),
    ...importLines(model),
    ...rules.filter(({ split }) => split.hash === "murmur2-range").map(({ rule, split }) => splitBlock(rule.id, split)),
    setCookieMap(rules.map(({ rule, split }) => ({ id: rule.id, keys: split.keys }))),
  ].flat();
}

/** The variable that holds the customer: her first key, behind them all our own cookie. */
export function customerOf(chain: Chain): string {
  return chain.length === 0 ? "strangler_named" : variableOf("customer", chainName(chain));
}

/** The variable that holds the cookies without those. */
export function cookiesPassedOn(hidden: readonly string[]): string {
  const last = hidden.at(-1);
  return last === undefined ? "$http_cookie" : `$${variableOf("without", last)}`;
}

// --- internal ---

type Chain = readonly Key[];

// One map takes one cookie out of the header, and hands what is left to the next.
function hideCookies(names: readonly string[]): string[] {
  return names.map((name, index) => {
    const source = cookiesPassedOn(names.slice(0, index));
    const cookie = escapeExpression(name);
    const [rest, before, after] = ["rest", "before", "after"].map((part) => variableOf(part, String(index)));
    return mapBlock(`${name} is between customers and us.`, source, variableOf("without", name), [
      `default ${source}`,
      `${expression(`^${cookie}=[^;]*(?:; *(?<${rest}>.*))?\\z`)} $${rest}`,
      `${expression(`^(?<${before}>.+?); *${cookie}=[^;]*(?<${after}>;.*)?\\z`)} $${before}$${after}`,
    ]);
  });
}

function cookieMaps(chains: readonly Chain[]): string[] {
  const names = new Set(chains.flat().flatMap((key) => (key.from === "cookie" ? [key.name] : [])));
  return [...names].map((name, index) => {
    const blank = "[ \\x09]*";
    // A name in an expression has 32 characters at most.
    const value = variableOf("value", String(index));
    const pair = `(?:^|;)${blank}${escapeExpression(name)}${blank}=${blank}(?<${value}>[^;]*?)${blank}(?:;|$)`;
    return mapBlock(`The first cookie ${name}.`, "$http_cookie", variableOf("cookie", name), [
      'default ""',
      `${expression(pair)} $${value}`,
    ]);
  });
}

function ownCookieMaps(): string[] {
  const name = escapeExpression(OWN_COOKIE);
  return [
    mapBlock("Our own cookie, if it is well-formed.", "$http_cookie", "strangler_known", [
      'default ""',
      `${expression(`(?:^|;)[ \\x09]*${name}[ \\x09]*=[ \\x09]*(?<strangler_own>${OWN_VALUE_EXPRESSION})[ \\x09]*(?:;|$)`)} $strangler_own`,
    ]),
    mapBlock("A new name, out of 16 bytes of OpenSSL's random numbers.", "$request_id", "strangler_new", [
      `${expression("^(?<strangler_minted>.{22})")} $strangler_minted`,
    ]),
    mapBlock("Ours, or a new one that counts from this request on.", "$strangler_known", "strangler_named", [
      "default $strangler_known",
      '"" $strangler_new',
    ]),
    mapBlock("Over TLS the cookie stays there.", "$https", "strangler_secure", ['default ""', 'on "; Secure"']),
  ];
}

// Each key falls back on the one behind it; the last falls back on our own cookie.
function chainMaps(chain: Chain): string[] {
  return chain.map((key, index) => {
    const rest = chain.slice(index + 1);
    return mapBlock(`The customer by ${describe(key)}.`, sourceOf(key), customerOf([key, ...rest]), [
      `default ${sourceOf(key)}`,
      `"" $${customerOf(rest)}`,
    ]);
  });
}

function splitBlock(id: string, { name, share, keys }: { name: string; share: number; keys: Chain }): string {
  const text = quoted(`${id}\${${customerOf(keys)}}`);
  const parts = [...(share > 0 ? [`${(share / 100).toFixed(2)}% ${name}`] : []), `* ${MONOLITH}`];
  // nginx takes 100 % for a part, and would still give the last of 2^32 values to the other.
  const lines = share === 10_000 ? [`* ${name}`] : parts;
  return [
    `# ${id}: ${share / 100} % of the customers.`,
    `split_clients ${text} $${variableOf("side", id)} {`,
    ...lines.map((line) => `  ${line};`),
    "}",
  ].join("\n");
}

function setCookieMap(routes: readonly { id: string; keys: Chain }[]): string[] {
  const minting = routes.filter(({ keys }) => !keys.some(({ from }) => from === "address"));
  const chains = distinctChains(minting.map(({ keys }) => keys));
  const cookie = `${OWN_COOKIE}=$strangler_new; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax$strangler_secure`;
  return [
    ...chains.map((chain) =>
      mapBlock(
        "Nothing names her: she gets a cookie.",
        quoted(`${chain.map(sourceOf).join("")}$strangler_known`),
        variableOf("mint", chainName(chain)),
        ['default ""', `"" ${quoted(cookie)}`],
      ),
    ),
    mapBlock("Only where a customer's name decides.", "$strangler_route", "strangler_set_cookie", [
      'default ""',
      ...minting.map(({ id, keys }) => `${id} $${variableOf("mint", chainName(keys))}`),
    ]),
  ];
}

function distinctChains(chains: readonly Chain[]): Chain[] {
  return chains.filter((chain, index) => chains.findIndex((other) => chainName(other) === chainName(chain)) === index);
}

function sourceOf(key: Key): string {
  if (key.from === "address") return "$remote_addr";
  return key.from === "cookie" ? `$${variableOf("cookie", key.name)}` : `$http_${key.name.replaceAll("-", "_")}`;
}

function describe(key: Key): string {
  return key.from === "address" ? "her address" : `the ${key.from} ${key.name}`;
}

function chainName(chain: Chain): string {
  return chain.map((key) => (key.from === "address" ? "address" : `${key.from}_${key.name}`)).join("_");
}
