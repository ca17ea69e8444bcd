import type { RouterRef } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, lastSegment, typeName, unwrap } from "./nodes.ts";
import { findBinding, isModuleName, type Scope } from "./scope.ts";

/** `express()`, `Router()`, `express.Router({...})`, `new Router()`: says whether it is a whole application. */
export function createsRouter(node: ts.Expression): { app: boolean } | null {
  const inner = unwrap(node);
  if (!ts.isCallExpression(inner) && !ts.isNewExpression(inner)) return null;
  if (requiresExpress(inner.expression)) return { app: true };
  if (isRequiredRouter(inner.expression)) return { app: false };
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
  const specifier = requiredSpecifier(call);
  if (specifier !== null) return { kind: "require", specifier };
  // `require('./routes')(app)`
  const inner = unwrap(call.expression);
  if (ts.isCallExpression(inner)) return calledRouter(inner, scope);
  const name = dottedName(call.expression);
  return name !== null && isModuleName(scope, firstSegment(name)) ? { kind: "call", name } : null;
}

// `require('express').Router()`
function isRequiredRouter(callee: ts.Expression): boolean {
  const inner = unwrap(callee);
  return (
    ts.isPropertyAccessExpression(inner) && inner.name.text === "Router" && isRequireOf(inner.expression, "express")
  );
}

// `require('express')()`
function requiresExpress(callee: ts.Expression): boolean {
  return isRequireOf(callee, "express");
}

function isRequireOf(node: ts.Expression, module: string): boolean {
  return requiredSpecifier(node) === module;
}

/** The specifier of `require('x')`, or null for anything else. */
export function requiredSpecifier(node: ts.Expression): string | null {
  const inner = unwrap(node);
  if (!ts.isCallExpression(inner) || dottedName(inner.expression) !== "require") return null;
  const [specifier] = inner.arguments;
  return specifier && ts.isStringLiteral(specifier) ? specifier.text : null;
}
