import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import { findBinding, type Scope } from "../scope.ts";
import { spellNew } from "../spelled-types.ts";
import { requiredModule, spellValue } from "../spelled-values.ts";
import { addEvents } from "./add-events.ts";
import { recordEventDecorator } from "./decorators.ts";
import { namesOf } from "./names.ts";
import { readText } from "../text.ts";
import { recordQueueCall } from "./queues.ts";
import { rulesFor, type Rule } from "./rules.ts";

/** Calls that send something under a name, or wait for it: `bus.emit("paid")`, `queue.add()`, `new Mail().schedule()`. */
export function recordEvents(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const [index, step] of chain.steps.entries()) {
    if (step.name === "") {
      if (index === 0 && chain.head !== null) recordEventDecorator(recorder, lastSegment(chain.head), step, scope);
    } else if (!recordByRule(recorder, step, scope)) {
      recordQueueCall(recorder, step, scope);
      if (QUERYING.has(step.name)) recordNotification(recorder, step, scope);
      if (index === 0) recordJob(recorder, chain, step, scope);
      if (EMITTING.has(step.name)) recordOwnEmitter(recorder, step, scope);
    }
  }
}

// --- internal ---

const EMITTING: ReadonlyMap<string, Rule["role"]> = new Map([
  ["emit", "emit"],
  ["on", "listen"],
  ["once", "listen"],
  ["addListener", "listen"],
]);

const QUERYING = new Set(["query", "raw", "execute", "unsafe"]);
const SCHEDULING = /^(?:schedule|enqueue|dispatch|performLater|performAsync|queue|delay)$/;

function recordByRule(recorder: Recorder, step: Step, scope: Scope): boolean {
  const rules = rulesFor(step.name);
  if (!rules || step.args.length === 0) return false;
  const names = receiverNames(recorder, step, scope);
  for (const rule of rules) {
    if (!names.some((name) => rule.receiver.test(name))) continue;
    if (rule.mechanism === "class" && !announcesClass(step)) continue;
    if (rule.mechanism === "emitter" && isComponent(recorder)) continue;
    const found = rule.names(recorder, step.args, scope);
    if (found.length === 0) continue;
    addEvents(recorder, rule, found, step.args[0] ?? step.node, scope);
    return true;
  }
  return false;
}

/** The name before the member, through calls in between, and its declared type: `this.bus.inside(trx).emit()`. */
function receiverNames(recorder: Recorder, step: Step, scope: Scope): string[] {
  const callee = unwrap(step.node.expression);
  const receiver = ts.isPropertyAccessExpression(callee) ? holderOf(callee.expression) : null;
  if (receiver === null) return [""];
  const type = declaredType(recorder, receiver, scope);
  return type === null ? [lastSegment(receiver)] : [lastSegment(receiver), lastSegment(type)];
}

function holderOf(node: ts.Expression): string | null {
  const inner = unwrap(node);
  const module = ts.isCallExpression(inner) ? requiredModule(inner) : null;
  if (module !== null) return module.slice(module.lastIndexOf("/") + 1);
  if (!ts.isCallExpression(inner)) return ts.isPropertyAccessExpression(inner) ? memberName(inner) : dottedName(inner);
  const callee = unwrap(inner.expression);
  return ts.isPropertyAccessExpression(callee) ? holderOf(callee.expression) : dottedName(callee);
}

function memberName(node: ts.PropertyAccessExpression): string {
  return dottedName(node) ?? node.name.text;
}

function declaredType(recorder: Recorder, head: string, scope: Scope): string | null {
  const [first = "", field, ...rest] = head.split(".");
  if (first === "this" && field !== undefined && rest.length === 0) {
    return recorder.facts.classes.find(({ name }) => name === scope.className)?.fields[field] ?? null;
  }
  const binding = field === undefined ? findBinding(scope, first) : undefined;
  return binding?.kind === "instance" && !binding.type.includes(":") ? binding.type : null;
}

// Angular's emitters carry values from a component to the one around it, and no names.
function isComponent(recorder: Recorder): boolean {
  return recorder.facts.imports.some(({ specifier }) => specifier === "@angular/core");
}

// `order.apply(new OrderPlaced())` announces; `fn.apply(list)` and `new Date()` do not.
function announcesClass({ name, args }: Step): boolean {
  const type = args[0] ? spellNew(args[0]) : null;
  return type !== null && (name.includes("Event") || /Event$/.test(type));
}

// `client.query("LISTEN orders")`, `client.query(`NOTIFY ${CHANNEL}`)`
function recordNotification(recorder: Recorder, { args, node }: Step, scope: Scope): void {
  const [start, next] = (args[0] && readText(recorder.source, args[0], scope)) ?? [];
  const [, verb = "", name] = /^\s*(listen|notify)\s+"?([\w.]*)/i.exec(typeof start === "string" ? start : "") ?? [];
  const part = name === "" ? next : name;
  if (part === undefined) return;
  const role = verb.toLowerCase() === "listen" ? "listen" : "emit";
  addEvents(recorder, { role, mechanism: "postgres" }, [[part]], node, scope);
}

// `new SendMail(to).schedule()`, `SendMail.dispatch({ to })`: the class is the name and does the work later.
function recordJob(recorder: Recorder, chain: Chain, step: Step, scope: Scope): void {
  if (!SCHEDULING.test(step.name)) return;
  const name = spellNew(chain.start) ?? (/^[A-Z]\w*[a-z]\w*$/.test(chain.head ?? "") ? chain.head : null);
  if (name !== null) addEvents(recorder, { role: "emit", mechanism: "job" }, [[{ name }]], step.node, scope);
}

// Classes of ours that extend an emitter: which ones do, only linking can tell.
function recordOwnEmitter(recorder: Recorder, step: Step, scope: Scope): void {
  const callee = unwrap(step.node.expression);
  const role = EMITTING.get(step.name);
  const first = step.args[0] && unwrap(step.args[0]);
  if (!first || !role || !ts.isPropertyAccessExpression(callee)) return;
  if (!ts.isStringLiteralLike(first) && dottedName(first) === null) return;
  const sender = spellValue(callee.expression, scope);
  if (sender === null) return;
  addEvents(recorder, { role, mechanism: "emitter" }, namesOf(recorder, first, scope), step.node, scope, sender);
}
