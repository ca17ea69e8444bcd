import { ts } from "./compiler.ts";
import { dottedName, propertyName, typeName, unwrap } from "./nodes.ts";

/**
 * A declared type as `ClassFact` spells it: `Promise<Note>`, `Note | null` and `Readonly<Note>` are `Note`,
 * `Deps["notes"]` is `Deps#notes`. Null where it names no single type.
 */
export function spellType(type: ts.TypeNode | undefined): string | null {
  if (!type) return null;
  if (ts.isTypeReferenceNode(type)) return spellReference(type);
  if (ts.isImportTypeNode(type)) return spellImport(type);
  if (ts.isTypeQueryNode(type)) return `typeof ${entityText(type.exprName)}`;
  if (type.kind === ts.SyntaxKind.ThisType) return "this";
  if (ts.isParenthesizedTypeNode(type)) return spellType(type.type);
  if (ts.isUnionTypeNode(type)) return spellUnion(type);
  return ts.isIndexedAccessTypeNode(type) ? spellMember(type) : null;
}

/** The named types of the members of an interface or of a type that lists its members. */
export function spellMembers(members: readonly ts.TypeElement[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const member of members) {
    const name = ts.isPropertySignature(member) ? propertyName(member.name) : null;
    const type = ts.isPropertySignature(member) ? spellType(member.type) : null;
    if (name !== null && type !== null) found[name] = type;
  }
  return found;
}

/** The class of `new Note()`, spelled as a type. */
export function spellNew(node: ts.Expression): string | null {
  const inner = unwrap(node);
  return ts.isNewExpression(inner) ? dottedName(inner.expression) : null;
}

// --- internal ---

const SAME_AS_ITS_ARGUMENT = new Set(["Promise", "Awaited", "Readonly", "Partial", "Required", "NonNullable"]);

function spellReference(type: ts.TypeReferenceNode): string | null {
  const name = typeName(type);
  const [argument] = type.typeArguments ?? [];
  if (name === null || !argument) return name;
  if (SAME_AS_ITS_ARGUMENT.has(name)) return spellType(argument);
  if (name !== "InstanceType") return name;
  return spellType(argument)?.replace(/^typeof /, "") ?? null;
}

// `import("./notes").Note`
function spellImport({ argument, qualifier, isTypeOf }: ts.ImportTypeNode): string | null {
  const specifier =
    ts.isLiteralTypeNode(argument) && ts.isStringLiteral(argument.literal) ? argument.literal.text : null;
  return specifier === null || !qualifier || isTypeOf ? null : `type:${specifier}:${entityText(qualifier)}`;
}

function spellUnion(type: ts.UnionTypeNode): string | null {
  const named = type.types.filter((member) => !isNothing(member));
  return named.length === 1 ? spellType(named[0]) : null;
}

function isNothing(type: ts.TypeNode): boolean {
  return (
    type.kind === ts.SyntaxKind.UndefinedKeyword ||
    (ts.isLiteralTypeNode(type) && type.literal.kind === ts.SyntaxKind.NullKeyword)
  );
}

function spellMember(type: ts.IndexedAccessTypeNode): string | null {
  const object = spellType(type.objectType);
  const index = ts.isLiteralTypeNode(type.indexType) ? type.indexType.literal : null;
  return object !== null && index && ts.isStringLiteral(index) ? `${object}#${index.text}` : null;
}

function entityText(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${entityText(name.left)}.${name.right.text}`;
}
