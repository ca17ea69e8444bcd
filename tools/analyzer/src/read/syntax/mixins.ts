import { ts } from "./compiler.ts";
import { isAssignment } from "./exports.ts";
import { dottedName, isFunctionNode, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { findBinding, type Scope } from "./scope.ts";
import { requiredModule } from "./spelled-values.ts";

/**
 * CommonJS modules often build one object in many files: the module calls it `Notes = module.exports`, hands it over
 * with `require("./create")(Notes)`, and `create.js` adds to what it is given: `module.exports = (Notes) => {
 * Notes.create = ... }`. These functions are the module's exports and stand in the other file.
 */
export function nameExports(recorder: Recorder, statements: readonly ts.Statement[]): void {
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (ts.isIdentifier(name) && initializer && isExports(initializer)) recorder.exported.add(name.text);
      }
    } else if (ts.isExpressionStatement(statement) && isAssignment(statement.expression)) {
      const value = unwrap(statement.expression.right);
      if (isExports(statement.expression) && ts.isIdentifier(value)) recorder.exported.add(value.text);
    }
  }
}

/** `require("./create")(Notes)`, `addCreate(module.exports)`: at the module's own level. */
export function recordMixin(recorder: Recorder, node: ts.Statement): void {
  if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return;
  const { expression, arguments: args } = node.expression;
  const callee = unwrap(expression);
  const module = ts.isCallExpression(callee) ? requiredModule(callee) : ts.isIdentifier(callee) ? callee.text : null;
  if (module === null) return;
  args.forEach((argument, index) => {
    const name = dottedName(argument) ?? "";
    if (recorder.exported.has(name) || name === "module.exports") recorder.facts.mixins.into.push({ module, index });
  });
}

/** `Notes.create = function () {}` where `Notes` is what the module's one function was given. */
export function nameMixedFunction(recorder: Recorder, node: ts.BinaryExpression, scope: Scope): void {
  if (scope.depth !== 1 || scope.functionName !== "default" || !isAssignment(node)) return;
  const name = dottedName(node.left);
  const [host = "", member, ...rest] = name?.split(".") ?? [];
  const binding = member === undefined || rest.length > 0 ? undefined : findBinding(scope, host);
  if (name === null || binding?.kind !== "instance" || !binding.type.startsWith("host:")) return;
  const value = unwrap(node.right);
  const made = ts.isCallExpression(value) ? value.arguments.find(isFunctionNode) : value;
  if (!made || !isFunctionNode(made)) return;
  recorder.mixed.set(made, name);
  recorder.facts.mixins.given[binding.type.slice("host:".length)] = host;
}

// --- internal ---

// `module.exports`, `exports`, `module.exports = {}`
function isExports(node: ts.Expression): boolean {
  const inner = unwrap(node);
  const name = dottedName(isAssignment(inner) ? inner.left : inner);
  return name === "module.exports" || name === "exports";
}
