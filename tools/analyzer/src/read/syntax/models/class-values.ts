import type { ModelRef } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { decoratorCall } from "../decorators.ts";
import { isAssignment } from "../exports.ts";
import { dottedName, propertyName, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { remember, typeRef } from "./type-refs.ts";
import { modelArgument, setLocalValue, valueOf } from "./values.ts";

/** Fields, accessors and results of a class, and what it extends with its type arguments. */
export function recordClassValues(recorder: Recorder, node: ts.ClassLikeDeclaration, name: string, scope: Scope): void {
  const { values } = recorder.facts;
  setLocalValue(scope, "this", { kind: "type", type: name, args: [] });
  remember(values, `${name}:base`, baseWithArguments(node, scope));
  for (const member of node.members) {
    if (ts.isConstructorDeclaration(member)) rememberConstructor(values, name, member, scope);
    const own = member.name ? propertyName(member.name) : null;
    if (own === null) continue;
    const key = `${name}${isStatic(member) ? "." : "#"}${own}`;
    if (ts.isPropertyDeclaration(member)) remember(values, key, fieldValue(member, scope));
    if (ts.isGetAccessor(member)) remember(values, key, typeRef(member.type));
  }
}

export function isStatic(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)
  );
}

// --- internal ---

function fieldValue(member: ts.PropertyDeclaration, scope: Scope): ModelRef | null {
  const written = typeRef(member.type) ?? (member.initializer ? valueOf(member.initializer, scope) : null);
  return injectedModel(member, scope) ?? written;
}

const INJECTIONS = new Set(["InjectRepository", "InjectModel"]);

// `@InjectModel(User.name) private users: Model<UserDocument>`, `@InjectRepository(User)`
function injectedModel(node: ts.Node, scope: Scope): ModelRef | null {
  const call = decoratorCall(node, INJECTIONS);
  const argument = call?.arguments[0] && unwrap(call.arguments[0]);
  if (!call || !argument) return null;
  const isName = ts.isPropertyAccessExpression(argument) && argument.name.text === "name";
  const model = modelArgument([isName ? argument.expression : argument], scope);
  if (!model) return null;
  const isStore = dottedName(call.expression)?.endsWith("Repository") === true;
  return isStore ? { kind: "type", type: "Repository", args: [model] } : model;
}

function rememberConstructor(
  values: Record<string, ModelRef>,
  name: string,
  node: ts.ConstructorDeclaration,
  scope: Scope,
): void {
  const given = new Map<string, ModelRef>();
  for (const parameter of node.parameters) {
    const own = propertyName(parameter.name);
    const value = injectedModel(parameter, scope) ?? typeRef(parameter.type);
    if (own === null || !value) continue;
    given.set(own, value);
    if (ts.isParameterPropertyDeclaration(parameter, node)) values[`${name}#${own}`] ??= value;
  }
  for (const statement of node.body?.statements ?? []) {
    if (!ts.isExpressionStatement(statement) || !isAssignment(statement.expression)) continue;
    const target = dottedName(statement.expression.left);
    if (!target?.startsWith("this.")) continue;
    const source = dottedName(statement.expression.right);
    const value = given.get(source ?? "") ?? valueOf(statement.expression.right, scope);
    remember(values, `${name}#${target.slice("this.".length)}`, value);
  }
}

const REPOSITORY_DECORATORS = new Set(["EntityRepository", "Repository"]);

function baseWithArguments(node: ts.ClassLikeDeclaration, scope: Scope): ModelRef | null {
  const decorated = decoratorCall(node, REPOSITORY_DECORATORS);
  const model = decorated ? modelArgument(decorated.arguments, scope) : null;
  if (model) return { kind: "type", type: "Repository", args: [model] };
  const extending = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (!extending) return null;
  const type = dottedName(extending.expression);
  if (type === null) return valueOf(extending.expression, scope);
  const args = (extending.typeArguments ?? []).flatMap((argument) => typeRef(argument) ?? []);
  return args.length > 0 ? { kind: "type", type, args } : null;
}
