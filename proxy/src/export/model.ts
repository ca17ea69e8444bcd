import { DEFAULT_HASH, type HashName } from "../customer/hash.ts";
import type { Condition } from "../routes/conditions.ts";
import type { RoutesSnapshot } from "../routes/parse.ts";
import type { PathPattern } from "../routes/pattern.ts";
import type { Route } from "../routes/route.ts";
import { MONOLITH } from "../routes/stages.ts";
import { listByPrecedence } from "./precedence.ts";

// What every exporter needs, and nothing that only one needs: routes as an ordered list in which the first match wins, because
// that is what all engines can do.

export type Model = {
  readonly version: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** In order of precedence: the first that fits a request decides. What fits none goes to the monolith. */
  readonly rules: readonly Rule[];
  readonly upstreams: readonly ExportUpstream[];
  /** A header whose value is nobody's business behind the proxy. */
  readonly overrideHeader: string | undefined;
};

export type Rule = {
  readonly id: string;
  readonly path: string;
  readonly pattern: PathPattern;
  /** undefined: all. */
  readonly methods: readonly string[] | undefined;
  readonly conditions: readonly Condition[];
  readonly answer: Answer;
  /** Who else is asked, if anyone. */
  readonly shadow: string | undefined;
};

/** Who answers: one upstream, or a service for some customers and the monolith for the others. */
export type Answer =
  | { readonly by: "upstream"; readonly name: string }
  | {
      readonly by: "share";
      readonly name: string;
      /** Of 10,000 buckets, how many the service has; neither none nor all. */
      readonly share: number;
      readonly hash: HashName;
      readonly keys: readonly Key[];
    };

/** Where a customer's name is looked for; whoever has none gets a cookie. */
export type Key = { readonly from: "cookie" | "header"; readonly name: string } | { readonly from: "address" };

export type ExportUpstream = {
  readonly name: string;
  readonly secure: boolean;
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
};

/** The value of our own cookie: minted here or by this proxy, there perhaps with a signature. */
export const OWN_VALUE_EXPRESSION = "[A-Za-z0-9_-]{22}(?:[.][A-Za-z0-9_-]{22})?";

/** The routes as engines need them. */
export function createModel(snapshot: RoutesSnapshot, listen = { host: "127.0.0.1", port: 8080 }): Model {
  return {
    version: snapshot.version,
    listen,
    rules: listByPrecedence(snapshot.table).map((route) => toRule(snapshot, route)),
    upstreams: [...snapshot.upstreams.values()].map(({ name, url }) => ({
      name,
      secure: url.protocol === "https:",
      addresses: [addressOf(url)],
    })),
    overrideHeader: snapshot.overrideHeader,
  };
}

/** The rules whose customers are split, each with its split. */
export function sharedRules({ rules }: Model): { rule: Rule; split: Extract<Answer, { by: "share" }> }[] {
  return rules.flatMap((rule) => (rule.answer.by === "share" ? [{ rule, split: rule.answer }] : []));
}

// --- internal ---

function toRule(snapshot: RoutesSnapshot, route: Route): Rule {
  return {
    id: route.id,
    path: route.path,
    pattern: route.pattern,
    methods: route.methods && [...route.methods],
    conditions: route.conditions ?? [],
    answer: answerOf(snapshot, route),
    shadow: route.stage === "shadow" ? route.service : undefined,
  };
}

function answerOf(snapshot: RoutesSnapshot, route: Route): Answer {
  if (route.stage === "service") return { by: "upstream", name: route.service };
  if (route.stage !== "canary") return { by: "upstream", name: MONOLITH };
  const { share } = route;
  // Still a canary: who has no key is given one, so that she keeps her side when the share becomes another.
  return { by: "share", name: route.service, share, hash: DEFAULT_HASH, keys: keysOf(snapshot) };
}

function keysOf({ stickyCookie }: RoutesSnapshot): Key[] {
  return stickyCookie === undefined ? [] : [{ from: "cookie", name: stickyCookie }];
}

function addressOf(url: URL): { host: string; port: number } {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { host: url.hostname, port };
}
