import type { RouterRef, Text } from "../../source-facts.ts";
import type { Chain, Step } from "./chain.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, isFunctionNode, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { createsRouter, requiredSpecifier, routerRef } from "./routers.ts";
import type { Scope } from "./scope.ts";
import { readText, readTextOrHole } from "./text.ts";

/** `router.get('/x', handler)`, `router.route('/x').get(handler)`, `app.use('/x', router)`, `mount(app)`. */
export function recordRoutes(recorder: Recorder, chain: Chain, scope: Scope): void {
  const on = chainRouter(recorder, chain, scope);
  const [first] = chain.steps;
  if (!on || !first) {
    recordPass(recorder, chain, scope);
    return;
  }
  let routePath: Text | null = null;
  for (const step of chain.steps) {
    if (step.name === "route" && step.args[0]) routePath = readTextOrHole(recorder.source, step.args[0], scope);
    else if (step.name === "use") recordMounts(recorder, step, on, scope);
    else if (VERBS.has(step.name)) recordVerb(recorder, step, on, routePath, scope);
  }
}

// --- internal ---

const VERBS = new Set(["get", "post", "put", "patch", "delete", "all", "options", "head"]);

// The chain's head is a router: a known one, or a name of the module that may turn out to be an imported router.
function chainRouter(recorder: Recorder, chain: Chain, scope: Scope): RouterRef | null {
  const [first, second] = chain.steps;
  if (first && chain.head !== null && first.name === "" && createsRouter(first.node)) {
    return second ? declaredInline(recorder, first) : null;
  }
  if (chain.head === null || !first || first.name === "") return null;
  if (!VERBS.has(first.name) && first.name !== "use" && first.name !== "route") return null;
  return routerRef(chain.start, scope);
}

// `export default Router().get(...)`
function declaredInline(recorder: Recorder, first: Step): RouterRef {
  const key = `inline:${recorder.lineOf(first.node)}`;
  recorder.facts.routing.routers.push({
    key,
    app: createsRouter(first.node)?.app ?? false,
    line: recorder.lineOf(first.node),
  });
  return { kind: "declared", key };
}

function recordVerb(recorder: Recorder, step: Step, on: RouterRef, routePath: Text | null, scope: Scope): void {
  const paths = routePath ? [routePath] : pathArguments(recorder, step.args[0], scope);
  const handlers = routePath ? step.args : step.args.slice(1);
  if (handlers.length === 0) return; // `app.get('port')` reads a setting
  for (const path of paths) {
    recorder.facts.routing.routes.push({
      on,
      method: step.name === "all" ? "ALL" : step.name.toUpperCase(),
      path,
      line: recorder.lineOf(step.args[0] ?? step.node),
      handlers: handlers.flatMap(handlerNames),
      in: scope.functionName,
    });
  }
}

function pathArguments(recorder: Recorder, node: ts.Expression | undefined, scope: Scope): Text[] {
  if (!node) return [];
  const inner = unwrap(node);
  if (ts.isArrayLiteralExpression(inner)) {
    return inner.elements.flatMap((element) => pathArguments(recorder, element, scope));
  }
  if (isFunctionNode(inner)) return [];
  const text = readText(recorder.source, inner, scope);
  if (text) return typeof text[0] === "string" && text[0] !== "" && !/^[/*:(]/.test(text[0]) ? [] : [text];
  return [[{ hole: inner.kind === ts.SyntaxKind.RegularExpressionLiteral ? "regular expression" : "expression" }]];
}

/**
 * Names in a handler argument: `asyncHandler(note.add)` is `note.add`, `require('./note').add` is
 * `require:./note#add`, a function has the empty name.
 */
function handlerNames(node: ts.Expression): string[] {
  const inner = unwrap(node);
  if (isFunctionNode(inner)) return [""];
  const required = requiredHandler(inner);
  if (required !== null) return [required];
  if (ts.isArrayLiteralExpression(inner)) return inner.elements.flatMap(handlerNames);
  if (ts.isCallExpression(inner)) return calledHandler(inner);
  const name = dottedName(inner);
  return name === null ? [] : [name];
}

function requiredHandler(node: ts.Expression): string | null {
  const member = ts.isPropertyAccessExpression(node) ? node.name.text : "default";
  const specifier = requiredSpecifier(ts.isPropertyAccessExpression(node) ? node.expression : node);
  return specifier === null ? null : `require:${specifier}#${member}`;
}

function calledHandler(call: ts.CallExpression): string[] {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === "bind") return handlerNames(callee.expression);
  const wrapped = call.arguments.flatMap(handlerNames);
  const name = dottedName(callee);
  return wrapped.length > 0 ? wrapped : name === null ? [] : [name];
}

function recordMounts(recorder: Recorder, step: Step, on: RouterRef, scope: Scope): void {
  const [first] = step.args;
  const prefix = first && routeTargets(first, scope).length === 0 ? pathArguments(recorder, first, scope) : [];
  const paths = prefix.length > 0 ? prefix : [[""]];
  for (const argument of step.args) {
    for (const target of routeTargets(argument, scope)) {
      for (const path of paths) {
        recorder.facts.routing.mounts.push({ on, path, target, line: recorder.lineOf(argument) });
      }
    }
  }
}

function routeTargets(node: ts.Expression, scope: Scope): RouterRef[] {
  const inner = unwrap(node);
  if (ts.isArrayLiteralExpression(inner)) return inner.elements.flatMap((element) => routeTargets(element, scope));
  if (ts.isStringLiteralLike(inner) || isFunctionNode(inner)) return [];
  const target = routerRef(inner, scope);
  return target ? [target] : [];
}

// `mountNotes(app)`: the function's parameter is that router.
function recordPass(recorder: Recorder, chain: Chain, scope: Scope): void {
  const step = chain.steps.at(-1);
  const callee = step && calleeName(step);
  if (!step || !callee) return;
  step.args.forEach((argument, index) => {
    const router = ts.isIdentifier(argument) ? routerRef(argument, scope) : null;
    if (router && router.kind !== "name") {
      recorder.facts.routing.passes.push({ callee, index, router, line: recorder.lineOf(step.node) });
    }
  });
}

function calleeName(step: Step): string | null {
  const callee = unwrap(step.node.expression);
  const required = requiredSpecifier(callee);
  if (required !== null) return `require:${required}`;
  const name = dottedName(callee);
  return name !== null && firstSegment(name) !== "this" ? name : null;
}
