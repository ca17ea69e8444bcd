import { MONOLITH } from "../../routes/stages.ts";
import { HOSTILE_PATHS, UTF8_PATH } from "../hostile-paths.ts";
import type { Model, Rule, ShadowedBy } from "../model.ts";
import { canonicalPathExpression } from "../path-expression.ts";
import { queryHeader, queryTests, SIDE_HEADER } from "./lua.ts";

/** All of the routes: what is refused, then the decision list, then the monolith. The first that matches decides. */
export function virtualHost(model: Model): object {
  return {
    name: "strangler",
    domains: ["*"],
    request_headers_to_remove: [
      SIDE_HEADER,
      ...queryTests(model).map((_, index) => queryHeader(index)),
      ...NOT_PASSED_ON,
      ...model.hidden.fields,
    ],
    request_headers_to_add: [overwrite("x-forwarded-host", "%REQ(:AUTHORITY)%")],
    response_headers_to_remove: ["keep-alive", "proxy-authenticate", "proxy-authentication-info", "proxy-connection"],
    routes: [
      ...refusals(),
      ...model.rules.flatMap((rule) => ruleRoutes(model, rule)),
      passOn(model, model.upgradesElsewhere, { prefix: "/" }, MONOLITH),
    ],
  };
}

// --- internal ---

const NOT_PASSED_ON = [
  "forwarded",
  "x-forwarded-prefix",
  "x-forwarded-server",
  "x-real-ip",
  "x-envoy-external-address",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "http2-settings",
  "te",
  "trailer",
];

function refusals(): object[] {
  return [
    refusal({ connect_matcher: {} }, 405),
    refusal({ prefix: "/", headers: [header(":method", { exact: "TRACE" })] }, 405),
    ...HOSTILE_PATHS.map(({ expression }) => refusal({ safe_regex: { regex: `.*(?:${expression}).*` } }, 400)),
    refusal(
      {
        prefix: "/",
        headers: [{ ...header(":path", { safe_regex: { regex: `${UTF8_PATH}(?:[?].*)?` } }), invert_match: true }],
      },
      400,
    ),
  ];
}

function refusal(match: object, status: number): object {
  return { match, direct_response: { status } };
}

// A split route stands twice: for those whom the script has put on the service's side, and for the others.
function ruleRoutes(model: Model, rule: Rule): object[] {
  const { answer, shadow } = rule;
  if (rule.closed) return [refusal(matchOf(model, rule), 401)];
  if (answer.by === "share") {
    const metadata = { filter_metadata: { "envoy.filters.http.lua": { route: rule.id } } };
    const onSide = matchOf(model, rule, [header(SIDE_HEADER, { exact: "service" })]);
    return [
      { ...passOn(model, rule.upgrades, onSide, answer.name), metadata },
      { ...passOn(model, rule.upgrades, matchOf(model, rule), MONOLITH), metadata },
    ];
  }
  const plain = passOn(model, rule.upgrades, matchOf(model, rule), answer.name);
  if (shadow === undefined) return [plain];
  const mirrored = matchOf(model, { ...rule, methods: shadow.methods });
  return [passOn(model, rule.upgrades, mirrored, answer.name, { request_mirror_policies: [mirror(shadow)] }), plain];
}

function mirror({ name, sample, credentials }: ShadowedBy): object {
  return {
    cluster: name,
    disable_shadow_host_suffix_append: true,
    runtime_fraction: {
      default_value: { numerator: Math.round(sample * 1_000_000), denominator: "MILLION" },
    },
    request_headers_mutations: [
      { append: overwrite("x-strangler-shadow", "1") },
      ...(credentials === "drop" ? [{ remove: "cookie" }, { remove: "authorization" }] : []),
    ],
  };
}

function passOn(model: Model, upgrades: boolean, match: object, cluster: string, more: object = {}): object {
  const host = model.upstreams.find(({ name }) => name === cluster)?.host;
  return {
    match,
    route: {
      cluster,
      timeout: "0s",
      idle_timeout: "30s",
      ...(upgrades ? {} : { upgrade_configs: [{ upgrade_type: "websocket", enabled: false }] }),
      ...(host === undefined ? {} : { host_rewrite_literal: host }),
      ...more,
    },
    response_headers_to_add: [overwrite("x-served-by", cluster)],
  };
}

function matchOf(model: Model, rule: Rule, more: object[] = []): object {
  const headers = [
    ...more,
    ...(rule.methods === undefined ? [] : [header(":method", { safe_regex: { regex: rule.methods.join("|") } })]),
    ...rule.conditions.map((condition) => {
      if (condition.where === "query") return header(queryHeader(queryTests(model).indexOf(condition)), { exact: "1" });
      return condition.value === undefined
        ? { name: condition.name, present_match: true }
        : header(condition.name, { exact: condition.value });
    }),
  ];
  return { ...pathOf(rule), ...(headers.length === 0 ? {} : { headers }) };
}

function pathOf({ pattern, path }: Rule): object {
  const literal = !pattern.segments.includes(null);
  if (literal && !pattern.below) return { path };
  if (literal && pattern.segments.length > 0) return { path_separated_prefix: path.slice(0, -2) };
  return { safe_regex: { regex: canonicalPathExpression(pattern) } };
}

function header(name: string, match: object): object {
  return { name, string_match: match };
}

function overwrite(key: string, value: string): object {
  return { header: { key, value }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" };
}
