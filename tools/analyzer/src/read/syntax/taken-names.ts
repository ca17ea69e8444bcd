import { ts } from "./compiler.ts";
import { propertyName } from "./nodes.ts";
import { spellMembers, spellType } from "./spelled-types.ts";

/** The type of a member that is taken out of a parameter: `({ notes }: Deps)`, `({ notes }: { notes: Notes })`. */
export function spellTaken(type: ts.TypeNode | undefined, key: string): string | null {
  if (type && ts.isTypeLiteralNode(type)) return spellMembers(type.members)[key] ?? null;
  const whole = spellType(type);
  return whole === null ? null : `${whole}#${key}`;
}

/** The members that `{ notes, mailer: sender }` takes, with the names they get. */
export function takenNames(pattern: ts.BindingName): { key: string; local: string }[] {
  if (!ts.isObjectBindingPattern(pattern)) return [];
  return pattern.elements.flatMap(({ name, propertyName: renamed, dotDotDotToken }) => {
    const key = propertyName(renamed && ts.isIdentifier(renamed) ? renamed : name);
    return key === null || dotDotDotToken || !ts.isIdentifier(name) ? [] : [{ key, local: name.text }];
  });
}
