import { ts } from "../compiler.ts";
import { isFunctionNode, propertyName, unwrap } from "../nodes.ts";
import { findBinding, type Scope } from "../scope.ts";

/** One member of an object as written; `value` is null for a shorthand (`{ user }`). */
export type Entry = { name: string; value: ts.Expression | null; node: ts.Node };

/**
 * The object literals that an expression can stand for: itself, the elements of a list, both ends of a condition, what
 * a local constant holds, what `list.map((item) => ({ ... }))` makes.
 */
export function objectsIn(node: ts.Expression | undefined, scope: Scope, depth = 0): ts.ObjectLiteralExpression[] {
  if (!node || depth > MOST_STEPS) return [];
  const inner = unwrap(node);
  const more = (next: ts.Expression | undefined): ts.ObjectLiteralExpression[] => objectsIn(next, scope, depth + 1);
  if (ts.isObjectLiteralExpression(inner)) return [inner];
  if (ts.isArrayLiteralExpression(inner)) return inner.elements.flatMap((element) => more(element));
  if (ts.isSpreadElement(inner)) return more(inner.expression);
  if (ts.isConditionalExpression(inner)) return [...more(inner.whenTrue), ...more(inner.whenFalse)];
  if (ts.isBinaryExpression(inner)) return [...more(inner.left), ...more(inner.right)];
  if (ts.isCallExpression(inner)) return inner.arguments.flatMap((argument) => more(resultOf(argument)));
  if (!ts.isIdentifier(inner)) return [];
  const binding = findBinding(scope, inner.text);
  if (binding?.kind === "list") return more(binding.node);
  return binding?.kind === "texts" ? [binding.node] : [];
}

/** The members of an object literal, with those of the objects that are spread into it. */
export function entriesOf(object: ts.ObjectLiteralExpression, scope: Scope, depth = 0): Entry[] {
  if (depth > MOST_STEPS) return [];
  return object.properties.flatMap((property): Entry[] => {
    if (ts.isSpreadAssignment(property)) {
      return objectsIn(property.expression, scope).flatMap((inner) => entriesOf(inner, scope, depth + 1));
    }
    const name = property.name ? propertyName(property.name) : null;
    if (name === null) return [];
    return [{ name, value: ts.isPropertyAssignment(property) ? property.initializer : null, node: property }];
  });
}

/** False for what is written down as text, number, boolean or null: such a value can be no object. */
export function mayBeObject({ value }: Entry): boolean {
  if (value === null) return true;
  const inner = unwrap(value);
  return !ts.isLiteralExpression(inner) && !ts.isTemplateExpression(inner) && !SIMPLE.has(inner.kind);
}

// --- internal ---

const MOST_STEPS = 4;

const SIMPLE = new Set([
  ts.SyntaxKind.TrueKeyword,
  ts.SyntaxKind.FalseKeyword,
  ts.SyntaxKind.NullKeyword,
  ts.SyntaxKind.PrefixUnaryExpression,
  ts.SyntaxKind.NewExpression,
]);

// The object itself handed to a function (`Prisma.validator<...>()({ ... })`), or what a callback gives back.
function resultOf(argument: ts.Expression): ts.Expression | undefined {
  const inner = unwrap(argument);
  if (!isFunctionNode(inner)) return ts.isObjectLiteralExpression(inner) ? inner : undefined;
  if (!ts.isBlock(inner.body)) return inner.body;
  const last = inner.body.statements.at(-1);
  return last && ts.isReturnStatement(last) ? last.expression : undefined;
}
