import { ts } from "./compiler.ts";
import { dottedName, firstSegment, unwrap } from "./nodes.ts";
import { findBinding, isModuleName, type Scope } from "./scope.ts";
import { spellType } from "./spelled-types.ts";

/**
 * What kind of thing a value is, spelled as in `ClassFact`: `new Note()` is a `Note`, `this.notes` a `Notes#notes`,
 * an imported `notes` is `typeof notes`, `find()` whatever that function gives back. Null where nothing tells.
 */
export function spellValue(node: ts.Expression, scope: Scope): string | null {
  const inner = unwrap(node);
  if (ts.isIdentifier(inner)) return spellName(inner.text, scope);
  if (isCradleMember(inner)) return `token:${inner.name.text}`;
  if (ts.isPropertyAccessExpression(inner)) return memberOf(spellValue(inner.expression, scope), inner.name.text);
  if (inner.kind === ts.SyntaxKind.ThisKeyword) return scope.className;
  if (inner.kind === ts.SyntaxKind.SuperKeyword) return memberOf(scope.className, "super");
  if (ts.isNewExpression(inner)) return dottedName(inner.expression);
  return ts.isCallExpression(inner) ? spellResult(inner, scope) : null;
}

/** The function that a call names, spelled like a FunctionFact, with a type before the `#`. */
export function spellCallee(call: ts.CallExpression, scope: Scope): string | null {
  const spelled = spellValue(call.expression, scope);
  if (spelled === null) return null;
  // `require("./create")(notes)`: the module is the function.
  if (spelled.startsWith("require:")) return spelled.includes("#") ? spelled : `${spelled}#default`;
  if (spelled.startsWith(VALUE)) return spelled.includes("#") ? null : spelled.slice(VALUE.length);
  // A bare type, a result and a token are things, not functions: only their members can be called.
  return spelled.includes("#") && !spelled.endsWith("()") ? spelled : null;
}

/** The class or the token that a container is asked for: `container.resolve(Notes)`, `scope.resolve("notes")`. */
export function askedOf(call: ts.CallExpression): ts.Expression | null {
  const callee = unwrap(call.expression);
  const [token, second] = call.arguments;
  if (!token || !ts.isPropertyAccessExpression(callee)) return null;
  if (!ASKING.has(callee.name.text) || !isContainer(dottedName(callee.expression))) return null;
  return second && !ts.isObjectLiteralExpression(unwrap(second)) ? null : token;
}

/** How the member of a value or type is spelled that is itself spelled like this. */
export function memberOf(owner: string | null, member: string): string | null {
  if (owner === null) return null;
  return isPlainValue(owner) ? `${owner}.${member}` : `${owner}#${member}`;
}

/** True for names that people give to a container and to its scopes. */
export function isContainer(name: string | null): boolean {
  return name !== null && CONTAINER.test(name);
}

/** `container.cradle.notes` */
export function isCradleMember(node: ts.Node): node is ts.PropertyAccessExpression {
  if (!ts.isPropertyAccessExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  return node.expression.name.text === "cradle";
}

/** The module of `require("./notes").find()` and `(await import("./notes")).find()`, spelled as a type. */
export function requiredModule(call: ts.CallExpression): string | null {
  const [specifier] = call.arguments;
  if (!specifier || !ts.isStringLiteralLike(specifier)) return null;
  const isRequire = ts.isIdentifier(call.expression) && call.expression.text === "require";
  return isRequire || call.expression.kind === ts.SyntaxKind.ImportKeyword ? `require:${specifier.text}` : null;
}

// --- internal ---

/** Builders chain calls without end; what they build in the end is nothing that code of ours is called on. */
const LONGEST = 200;
const VALUE = "typeof ";
const ASKING = new Set(["resolve", "resolveAsync", "get", "getAsync", "getNamed", "make"]);
const CONTAINER = /(?:container|injector|scope|moduleref|ioc)_?$/i;

function spellName(name: string, scope: Scope): string | null {
  const binding = findBinding(scope, name);
  if (binding?.kind === "instance") return binding.type;
  return isModuleName(scope, name) ? `${VALUE}${name}` : null;
}

function isPlainValue(spelled: string): boolean {
  return spelled.startsWith(VALUE) && !spelled.includes("#") && !spelled.endsWith("()");
}

function spellResult(call: ts.CallExpression, scope: Scope): string | null {
  const required = requiredModule(call);
  if (required !== null) return required;
  const asked = askedOf(call);
  const provided = asked && spellAsked(call, asked, scope);
  if (provided) return provided;
  const callee = unwrap(call.expression);
  // `notes.find.bind(notes)` is still that function.
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === "bind") return spellValue(callee.expression, scope);
  const spelled = spellCallee(call, scope);
  return spelled === null || spelled.length > LONGEST ? null : `${spelled}()`;
}

function spellAsked(call: ts.CallExpression, asked: ts.Expression, scope: Scope): string | null {
  const declared = call.typeArguments?.length === 1 ? spellType(call.typeArguments[0]) : null;
  if (declared !== null) return declared;
  const token = unwrap(asked);
  if (ts.isStringLiteralLike(token)) return `token:${token.text}`;
  const name = dottedName(token);
  return name !== null && /(?:^|\.)[A-Z]\w*[a-z]\w*$/.test(name) && isModuleName(scope, firstSegment(name))
    ? name
    : null;
}
