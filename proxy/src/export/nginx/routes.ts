import type { Condition } from "../../routes/conditions.ts";
import { MONOLITH } from "../../routes/stages.ts";
import { queryExpression } from "../condition-expression.ts";
import { sharedRules, type Model, type Rule, type ShadowedBy } from "../model.ts";
import { decodedPathExpression, escapeExpression, hasDelimiter, sentPathExpression } from "../path-expression.ts";
import { cookiesPassedOn } from "./customers.ts";
import { expression, mapBlock, quoted, variableOf } from "./syntax.ts";

/** The decision: conditions, then the route, then who answers and who else is asked. */
export function routeMaps(model: Model): string[] {
  return [...conditionMaps(model), routeMap(model), ...closedMap(model), upstreamMap(model), ...shadowMaps(model)];
}

export type ShadowedRule = { id: string; shadow: ShadowedBy };

/** The routes that are mirrored. nginx reads a body whole before it mirrors it, which would hold up every upload: reads only. */
export function shadowedRules({ rules }: Model): ShadowedRule[] {
  return rules.flatMap(({ id, shadow }) => {
    const methods = shadow?.methods.filter((method) => method === "GET" || method === "HEAD") ?? [];
    return shadow === undefined || methods.length === 0 ? [] : [{ id, shadow: { ...shadow, methods } }];
  });
}

// --- internal ---

/** Something that method and decoded path do not tell: one digit of the key of the route map. */
type Test = { source: string; expression: string; why: string };

function conditionMaps({ rules }: Model): string[] {
  return collectTests(rules).map(({ source, expression: wanted, why }, index) =>
    mapBlock(why, source, variableOf("test", String(index)), ["default 0", `${expression(wanted)} 1`]),
  );
}

function routeMap({ rules }: Model): string {
  const tests = collectTests(rules);
  const digits = tests.map((_, index) => `\${${variableOf("test", String(index))}}`).join("");
  const lines = rules.map((rule) => `${expression(ruleExpression(rule, tests))} ${rule.id}`);
  return mapBlock(
    "Which route: the first that matches. The most specific stand first.",
    quoted(`${digits}${digits === "" ? "" : " "}$request_method $uri`),
    "strangler_route",
    ['default ""', ...lines],
  );
}

function ruleExpression(rule: Rule, tests: readonly Test[]): string {
  const needed = new Set(testsOf(rule).map(({ why }) => why));
  const digits = tests.map(({ why }) => (needed.has(why) ? "1" : ".")).join("");
  const method = rule.methods === undefined ? "[^ ]+" : `(?:${rule.methods.join("|")})`;
  return `^${digits}${digits === "" ? "" : " "}${method} ${decodedPathExpression(rule.pattern)}\\z`;
}

function collectTests(rules: readonly Rule[]): Test[] {
  const tests = rules.flatMap(testsOf);
  return tests.filter(({ why }, index) => tests.findIndex((other) => other.why === why) === index);
}

function testsOf({ conditions, pattern, path }: Rule): Test[] {
  const sent = {
    source: "$strangler_sent",
    expression: `^${sentPathExpression(pattern)}\\z`,
    why: `${path} as it is sent: a delimiter and its encoded form are two things, and $uri has only one.`,
  };
  return [...conditions.map(testOf), ...(hasDelimiter(pattern) ? [sent] : [])];
}

function testOf({ where, name, value }: Condition): Test {
  if (where === "query") {
    const why = `The query has ${name}${value === undefined ? "" : ` = ${JSON.stringify(value)}`}, in any encoding.`;
    return { source: "$args", expression: queryExpression(name, value), why };
  }
  const wanted = value === undefined ? "." : `^${escapeExpression(value)}\\z`;
  const why = `The header has ${name}${value === undefined ? "" : `: ${JSON.stringify(value)}`}.`;
  return { source: `$http_${name.replaceAll("-", "_")}`, expression: wanted, why };
}

function closedMap({ rules }: Model): string[] {
  const closed = rules.filter((rule) => rule.closed);
  if (closed.length === 0) return [];
  const lines = ['default ""', ...closed.map(({ id }) => `${id} 1`)];
  return [
    mapBlock("Routes that ask for a token, which nobody here verifies.", "$strangler_route", "strangler_closed", lines),
  ];
}

function upstreamMap(model: Model): string {
  const sides = new Map(sharedRules(model).map(({ rule }) => [rule.id, `$${variableOf("side", rule.id)}`]));
  const lines = model.rules.flatMap(({ id, answer }) => {
    const by = sides.get(id) ?? answer.name;
    return by === MONOLITH ? [] : [`${id} ${by}`];
  });
  return mapBlock("Who answers.", "$strangler_route", "strangler_upstream", [`default ${MONOLITH}`, ...lines]);
}

function shadowMaps(model: Model): string[] {
  const rules = shadowedRules(model);
  if (rules.length === 0) return [];
  const sampled = rules.filter(({ shadow }) => shadow.sample < 1);
  return [
    ...sampled.map(({ id, shadow }) => sampleBlock(id, shadow)),
    mapBlock(
      "Who else is asked. Only reads: a write sent twice is done twice.",
      quoted("$request_method $strangler_route"),
      "strangler_shadow",
      [
        'default ""',
        ...rules.map(({ id, shadow: { name, methods, sample } }) => {
          const asked = sample < 1 ? `$${variableOf("sample", id)}` : name;
          return `${expression(`^(?:${methods.join("|")}) ${id}\\z`)} ${asked}`;
        }),
      ],
    ),
    ...["cookie", "authorization"].map((field) => credentialMap(field, model, rules)),
  ];
}

function sampleBlock(id: string, { name, sample }: ShadowedBy): string {
  const percent = (sample * 100).toFixed(2);
  const parts = [...(percent === "0.00" ? [] : [`${percent}% ${name}`]), '* ""'];
  return [
    `# ${id}: ${percent} % of its requests are mirrored.`,
    `split_clients $request_id $${variableOf("sample", id)} {`,
    ...parts.map((part) => `  ${part};`),
    "}",
  ].join("\n");
}

function credentialMap(field: string, { hidden }: Model, rules: readonly ShadowedRule[]): string {
  const value = field === "cookie" ? cookiesPassedOn(hidden.cookies) : `$http_${field}`;
  const dropping = rules.filter(({ shadow }) => shadow.credentials === "drop");
  return mapBlock(`Whether the candidate gets ${field}.`, "$strangler_route", variableOf("shadow", field), [
    `default ${value}`,
    ...dropping.map(({ id }) => `${id} ""`),
  ]);
}
