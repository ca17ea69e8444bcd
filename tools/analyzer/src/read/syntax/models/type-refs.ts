import type { ModelRef } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { propertyName, typeName } from "../nodes.ts";

/** What a declared type says a value is: `Promise<User[] | null>` is a `User`. Null where it names nothing of interest. */
export function typeRef(type: ts.TypeNode | undefined): ModelRef | null {
  if (!type) return null;
  if (ts.isTypeReferenceNode(type)) return reference(type);
  if (ts.isArrayTypeNode(type)) return typeRef(type.elementType);
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return either(type.types.map(typeRef));
  if (ts.isParenthesizedTypeNode(type) || ts.isTypeOperatorNode(type)) return typeRef(type.type);
  if (ts.isTypeQueryNode(type)) return { kind: "name", name: entityText(type.exprName) };
  if (ts.isTupleTypeNode(type)) return firstElement(type);
  return ts.isIndexedAccessTypeNode(type) ? indexed(type) : null;
}

/** One of several references, without the ones that say nothing. */
export function either(refs: readonly (ModelRef | null)[]): ModelRef | null {
  const known = refs.filter((ref) => ref !== null);
  return known.length > 1 ? { kind: "either", of: known } : (known[0] ?? null);
}

/** The members of an interface or of a type that lists them, each `owner#member`; nested ones `owner#member#inner`. */
export function rememberShape(
  values: Record<string, ModelRef>,
  owner: string,
  members: readonly ts.TypeElement[],
  depth = 0,
): void {
  values[`${owner}#`] = { kind: "type", type: owner, args: [] };
  for (const member of members) {
    const name = member.name ? propertyName(member.name) : null;
    if (name === null) continue;
    if (ts.isMethodSignature(member)) remember(values, `${owner}#${name}()`, typeRef(member.type));
    if (!ts.isPropertySignature(member) || !member.type) continue;
    if (ts.isTypeLiteralNode(member.type) && depth < MOST_LEVELS) {
      rememberShape(values, `${owner}#${name}`, member.type.members, depth + 1);
      values[`${owner}#${name}`] = { kind: "type", type: `${owner}#${name}`, args: [] };
    } else remember(values, `${owner}#${name}`, typeRef(member.type));
  }
}

export function remember(values: Record<string, ModelRef>, name: string, ref: ModelRef | null): void {
  if (ref && !Object.hasOwn(values, name)) values[name] = ref;
}

// --- internal ---

const MOST_LEVELS = 3;

/** Types that are about their first argument. */
const ABOUT_FIRST = new Set(
  "Promise PromiseLike Awaited Readonly ReadonlyArray Array Set Partial DeepPartial Required NonNullable Omit Pick Nullable Optional Maybe Observable QueryDeepPartialEntity Query Relation Rel LazyRef Opt".split(
    " ",
  ),
);
const ABOUT_SECOND = new Set(["Map", "Record", "WeakMap"]);
const WITHOUT_INTEREST = new Set(
  "Date Error Function Object Buffer RegExp String Number Boolean Request Response NextFunction Express".split(" "),
);

function reference(type: ts.TypeReferenceNode): ModelRef | null {
  const name = typeName(type);
  const given = type.typeArguments ?? [];
  if (name === null || WITHOUT_INTEREST.has(name)) return null;
  if (given.length > 0 && ABOUT_FIRST.has(name)) return typeRef(given[0]);
  if (given.length > 1 && ABOUT_SECOND.has(name)) return typeRef(given[1]);
  return { kind: "type", type: name, args: given.flatMap((argument) => typeRef(argument) ?? []) };
}

function firstElement(type: ts.TupleTypeNode): ModelRef | null {
  const [first] = type.elements;
  return first ? typeRef(ts.isNamedTupleMember(first) ? first.type : first) : null;
}

function indexed(type: ts.IndexedAccessTypeNode): ModelRef | null {
  const of = typeRef(type.objectType);
  const index = ts.isLiteralTypeNode(type.indexType) ? type.indexType.literal : null;
  return of && index && ts.isStringLiteral(index) ? { kind: "member", of, name: index.text } : null;
}

function entityText(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${entityText(name.left)}.${name.right.text}`;
}
