import type { Condition } from "../../routes/conditions.ts";
import { MONOLITH } from "../../routes/stages.ts";
import { queryExpression } from "../condition-expression.ts";
import type { Model, Rule } from "../model.ts";
import { canonicalPathExpression, escapeExpression } from "../path-expression.ts";
import { refuse } from "./refuse.ts";
import { quoted } from "./syntax.ts";

/** Sets txn.route to the id of the first route that fits, and txn.upstream to who answers it without regard to customers. */
export function routeLines({ rules }: Model): string[] {
  return [
    ...rules.flatMap((rule, index) => ruleLines(rule, index === 0)),
    `http-request set-var(txn.upstream) str(${MONOLITH})`,
    ...rules.flatMap(({ id, answer }) =>
      answer.by === "upstream" && answer.name !== MONOLITH
        ? [`http-request set-var(txn.upstream) str(${answer.name}) if { var(txn.route) -m str ${id} }`]
        : [],
    ),
    ...rules.flatMap(({ id, closed }) =>
      closed ? [`${refuse(401, "Unauthorized")} if { var(txn.route) -m str ${id} }`] : [],
    ),
    ...rules.flatMap(({ id, bodyBytes }) =>
      bodyBytes === undefined
        ? []
        : [
            `${refuse(413, "Content Too Large")} if { var(txn.route) -m str ${id} } { req.hdr(content-length) -m int gt ${bodyBytes} }`,
          ],
    ),
  ];
}

// --- internal ---

function ruleLines(rule: Rule, first: boolean): string[] {
  const rest = [
    ...(first ? [] : ["!{ var(txn.route) -m found }"]),
    ...methodTest(rule),
    ...rule.conditions.map(conditionTest),
  ];
  return pathTests(rule).map(
    (path) => `http-request set-var(txn.route) str(${rule.id}) if ${[...rest, path].join(" ")}`,
  );
}

function methodTest({ methods }: Rule): string[] {
  return methods === undefined ? [] : [`{ method -m str ${methods.join(" ")} }`];
}

function pathTests({ pattern, path }: Rule): string[] {
  if (pattern.segments.includes(null)) return [`{ path -m reg ${quoted(`^${canonicalPathExpression(pattern)}$`)} }`];
  if (!pattern.below) return [`{ path -m str ${quoted(path)} }`];
  const above = path.slice(0, -2);
  const below = `{ path -m beg ${quoted(`${above}/`)} }`;
  return above === "" ? [below] : [`{ path -m str ${quoted(above)} }`, below];
}

function conditionTest({ where, name, value }: Condition): string {
  if (where === "query") return `{ query -m reg ${quoted(queryExpression(name, value))} }`;
  if (value === undefined) return `{ req.fhdr(${name}) -m found }`;
  return `{ req.fhdr(${name}) -m reg ${quoted(`^${escapeExpression(value)}$`)} }`;
}
