import { ts } from "../compiler.ts";
import { propertyName, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { memberValue } from "../tokens.ts";
import { addEvents } from "./add-events.ts";
import { namesOf } from "./names.ts";

/** `static applicableEvents = ["documents.publish"]`: a class that lists by name what it is called for. */
export function recordListedEvents(
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  _name: string,
  scope: Scope,
): void {
  for (const member of node.members) {
    const name = member.name ? propertyName(member.name) : null;
    const list = name !== null && LISTING.test(name) ? listedValue(member) : null;
    if (!list || !ts.isArrayLiteralExpression(list) || list.elements.length === 0) continue;
    if (!list.elements.every((element) => ts.isStringLiteralLike(element) || ts.isPropertyAccessExpression(element)))
      continue;
    addEvents(recorder, { role: "listen", mechanism: "named" }, namesOf(recorder, list, scope), member, scope);
  }
}

/** `export const config: SubscriberConfig = { event: "order.placed" }` beside the function that is called for it. */
export function recordSubscription(recorder: Recorder, node: ts.VariableDeclaration, scope: Scope): void {
  if (!ts.isIdentifier(node.name) || node.name.text !== "config" || scope.parent !== null || !node.initializer) return;
  const event = memberValue(node.initializer, ["event", "events"]);
  if (event)
    addEvents(recorder, { role: "listen", mechanism: "emitter" }, namesOf(recorder, event, scope), node, scope);
}

/** `events.push({ eventName: Orders.PLACED, data })`: a message on its way to whoever sends the list. */
export function recordMessage(recorder: Recorder, node: ts.ObjectLiteralExpression, scope: Scope): void {
  if (node.properties.length < 2 || !node.properties.some(isEventName)) return;
  const name = memberValue(node, ["eventName"]);
  if (!name || !memberValue(node, ["data", "payload", "body"])) return;
  // A call that is made with the object itself comes first and has noted it.
  if (recorder.done.has(node)) return;
  const known = namesOf(recorder, name, scope).filter((text) =>
    text.some((part) => typeof part === "string" || "name" in part),
  );
  addEvents(recorder, { role: "emit", mechanism: "emitter" }, known, node, scope);
}

// --- internal ---

function isEventName({ name }: ts.ObjectLiteralElementLike): boolean {
  return name !== undefined && ts.isIdentifier(name) && name.text === "eventName";
}

const LISTING =
  /^(?:applicable|handled|handles|supported|subscribed|subscribes|accepted|listened)\w*Events$|^(?:listensTo|subscribesTo)$/;

function listedValue(member: ts.ClassElement): ts.Expression | null {
  if (ts.isPropertyDeclaration(member)) return member.initializer ? unwrap(member.initializer) : null;
  const only = ts.isGetAccessor(member) || ts.isMethodDeclaration(member) ? member.body?.statements[0] : undefined;
  return only && ts.isReturnStatement(only) && only.expression ? unwrap(only.expression) : null;
}
