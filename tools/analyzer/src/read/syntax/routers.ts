import type { RouterRef } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, lastSegment, typeName, unwrap } from "./nodes.ts";
import { findBinding, isModuleName, type Scope } from "./scope.ts";

/** `express()`, `Router()`, `express.Router({...})`, `new Router()`: says whether it is a whole application. */
export function createsRouter(node: ts.Expression): { app: boolean } | null {
  const inner = unwrap(node);
  if (!ts.isCallExpression(inner) && !ts.isNewExpression(inner)) return null;
  if (requiresExpress(inner.expression)) return { app: true };
  const name = dottedName(inner.expression);
  if (name === null) return null;
  if (name === "express" && ts.isCallExpression(inner)) return { app: true };
  return lastSegment(name) === "Router" ? { app: false } : null;
}

/** True for parameters that are declared as, or named like, a router or an application. */
export function isRouterParameter(parameter: ts.ParameterDeclaration): boolean {
  const type = typeName(parameter.type);
  if (type !== null) return /^(?:Router|IRouter|Express|Application|IApplication)$/.test(lastSegment(type));
  return !parameter.type && ts.isIdentifier(parameter.name) && /^(?:app|router)$/i.test(parameter.name.text);
}

/** How an expression names a router, if it can be one at all. */
export function routerRef(node: ts.Expression, scope: Scope): RouterRef | null {
  const inner = unwrap(node);
  if (ts.isCallExpression(inner)) return calledRouter(inner, scope);
  const name = dottedName(inner);
  if (name === null) return null;
  const binding = findBinding(scope, name);
  if (binding?.kind === "router") return binding.router;
  const first = firstSegment(name);
  return first !== "this" && isModuleName(scope, first) ? { kind: "name", name } : null;
}

// --- internal ---

function calledRouter(call: ts.CallExpression, scope: Scope): RouterRef | null {
  const specifier = call.arguments[0];
  if (ts.isIdentifier(call.expression) && call.expression.text === "require") {
    return specifier && ts.isStringLiteral(specifier) ? { kind: "require", specifier: specifier.text } : null;
  }
  // `require('./routes')(app)`
  const inner = unwrap(call.expression);
  if (ts.isCallExpression(inner)) return calledRouter(inner, scope);
  const name = dottedName(call.expression);
  return name !== null && isModuleName(scope, firstSegment(name)) ? { kind: "call", name } : null;
}

function requiresExpress(callee: ts.Expression): boolean {
  const inner = unwrap(callee);
  const specifier =
    ts.isCallExpression(inner) && dottedName(inner.expression) === "require" ? inner.arguments[0] : null;
  return Boolean(specifier && ts.isStringLiteral(specifier) && specifier.text === "express");
}
