import type { Text } from "../../source-facts.ts";
import type { Chain, Step } from "./chain.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, isFunctionNode, lastSegment, propertyName, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { findBinding, isModuleName, type Scope } from "./scope.ts";
import { askedOf, isContainer } from "./spelled-values.ts";
import { takenNames } from "./taken-names.ts";
import { memberValue, readToken } from "./tokens.ts";

/** Everything that calls say of a container: registrations, bindings, folders it loads, and what it is asked for. */
export function recordWiring(recorder: Recorder, chain: Chain, scope: Scope): void {
  const [first] = chain.steps;
  if (!first) return;
  if (first.name === "") {
    if (chain.head !== null && DECORATORS.has(chain.head)) recordDecorator(recorder, chain.head, first, scope);
    if (chain.head === "bind") recordBinding(recorder, chain.steps, scope);
    return;
  }
  for (let index = 0; index < chain.steps.length; index += 1) {
    const step = chain.steps[index];
    const meaning = step && MEMBERS.get(step.name);
    if (!step || !meaning) continue;
    if (meaning === "ask") recordAsk(recorder, step, scope);
    else if (meaning === "bind") recordBinding(recorder, chain.steps.slice(index), scope);
    else if (meaning === "scan") recordScan(recorder, step);
    else if (isContainer(chain.head)) recordRegistration(recorder, step, scope);
  }
}

/** `{ provide: NOTES, useClass: StoredNotes }`, wherever it is written. */
export function recordProvider(recorder: Recorder, node: ts.ObjectLiteralExpression, scope: Scope): void {
  const [first] = node.properties;
  if (!first || node.properties.length < 2 || !node.properties.some(namesToken)) return;
  const token = memberValue(node, ["provide", "token"]);
  const target = token && providerTarget(node, scope);
  if (token && target) provide(recorder, token, target, scope);
}

/** `container.cradle.notes` asks for `notes`. */
export function recordCradle(recorder: Recorder, node: ts.PropertyAccessExpression, scope: Scope): void {
  ask(recorder, [node.name.text], node, scope);
}

/** `constructor({ notes, mailer })`, `function createOrders({ notes })`: a container that reads names hands these out. */
export function recordTakenNames(recorder: Recorder, parameter: ts.ParameterDeclaration, taker: string): void {
  for (const { key } of takenNames(parameter.name)) {
    const line = recorder.lineOf(parameter);
    recorder.facts.wiring.asks.push({ token: [key], line, in: taker, by: "parameter" });
  }
}

// --- internal ---

const MEMBERS: ReadonlyMap<string, "ask" | "bind" | "scan" | "register"> = new Map([
  ["resolve", "ask"],
  ["resolveAsync", "ask"],
  ["get", "ask"],
  ["getAsync", "ask"],
  ["getNamed", "ask"],
  ["make", "ask"],
  ["bind", "bind"],
  ["loadModules", "scan"],
  ["register", "register"],
  ["registerSingleton", "register"],
  ["registerInstance", "register"],
  ["registerTransient", "register"],
  ["registerType", "register"],
  ["registerScoped", "register"],
  ["set", "register"],
  ["singleton", "register"],
  ["transient", "register"],
]);
const DECORATORS = new Set(["Inject", "inject", "Service"]);
const PROVIDED_BY = ["useClass", "useExisting", "useToken", "useFactory", "useValue"];

function namesToken(property: ts.ObjectLiteralElementLike): boolean {
  const name = property.name && propertyName(property.name);
  return name === "provide" || name === "token";
}

function ask(recorder: Recorder, token: Text | null, node: ts.Node, scope: Scope): void {
  if (!token) return;
  recorder.facts.wiring.asks.push({ token, line: recorder.lineOf(node), in: scope.functionName, by: "call" });
}

function provide(recorder: Recorder, token: ts.Expression, target: string, scope: Scope): void {
  const text = readToken(recorder, token, scope);
  if (text) recorder.facts.wiring.provides.push({ token: text, target, line: recorder.lineOf(token) });
}

function recordAsk(recorder: Recorder, { node }: Step, scope: Scope): void {
  const asked = askedOf(node);
  if (asked) ask(recorder, readToken(recorder, asked, scope), node, scope);
}

// `@Inject(NOTES)` asks; `@Service("notes")` and `@Service({ id: NOTES })` hand out the class they stand at.
function recordDecorator(recorder: Recorder, name: string, { args, node }: Step, scope: Scope): void {
  const [argument] = args;
  if (!argument) return;
  if (name !== "Service") {
    ask(recorder, readToken(recorder, argument, scope), node, scope);
    return;
  }
  const isOptions = ts.isObjectLiteralExpression(unwrap(argument));
  const id = isOptions ? memberValue(argument, ["id", "name"]) : argument;
  if (id && scope.className !== null && scope.functionName === null) provide(recorder, id, scope.className, scope);
}

// `bind(TYPES.Notes).to(StoredNotes)`, `container.bind<Notes>("notes").toConstantValue(notes)`
function recordBinding(recorder: Recorder, [bound, ...steps]: readonly Step[], scope: Scope): void {
  const token = bound?.args[0];
  const to = steps.find(({ name }) => name.startsWith("to"));
  const target = to?.args[0] ? targetOf(to.args[0], scope) : null;
  if (token && target !== null) provide(recorder, token, target, scope);
}

function recordScan(recorder: Recorder, { args }: Step): void {
  const list = args[0] && unwrap(args[0]);
  if (!list || !ts.isArrayLiteralExpression(list)) return;
  for (const element of list.elements) {
    const pattern = ts.isArrayLiteralExpression(element) ? element.elements[0] : element;
    if (pattern && ts.isStringLiteralLike(pattern)) recorder.facts.wiring.scans.push(pattern.text);
  }
}

// `register({ notes: asClass(Notes) })`, `register("notes", asClass(Notes))`, `registerSingleton("notes", Notes)`
function recordRegistration(recorder: Recorder, { args }: Step, scope: Scope): void {
  const [first, second] = args;
  const target = second && targetOf(second, scope);
  if (first && target) provide(recorder, first, target, scope);
  const object = first && unwrap(first);
  if (second || !object || !ts.isObjectLiteralExpression(object)) return;
  for (const property of object.properties) {
    const name = property.name ? propertyName(property.name) : null;
    const value = ts.isPropertyAssignment(property)
      ? targetOf(property.initializer, scope)
      : registeredName(property, scope);
    if (name === null || value === null) continue;
    recorder.facts.wiring.provides.push({ token: [name], target: value, line: recorder.lineOf(property) });
  }
}

// `register({ notes })`
function registeredName(property: ts.ObjectLiteralElementLike, scope: Scope): string | null {
  return ts.isShorthandPropertyAssignment(property) ? targetOf(property.name, scope) : null;
}

function providerTarget(object: ts.Expression, scope: Scope): string | null {
  const value = memberValue(object, PROVIDED_BY);
  return value && targetOf(value, scope);
}

/** What stands behind a registration: a name, `new Notes()`, what a factory makes, the argument of `asClass`. */
function targetOf(node: ts.Expression, scope: Scope): string | null {
  const inner = unwrap(node);
  const name = dottedName(inner);
  if (name !== null) return namedTarget(name, scope);
  if (ts.isNewExpression(inner)) return dottedName(inner.expression);
  if (isFunctionNode(inner)) return madeBy(inner, scope);
  if (ts.isObjectLiteralExpression(inner)) return providerTarget(inner, scope);
  return ts.isCallExpression(inner) ? wrapped(inner, scope) : null;
}

// A local name only tells something where its class is known.
function namedTarget(name: string, scope: Scope): string | null {
  const binding = findBinding(scope, name);
  const known = binding?.kind === "instance" && !/[#():\s]/.test(binding.type) ? binding.type : null;
  if (isModuleName(scope, firstSegment(name)) && firstSegment(name) !== "this") return name;
  return known;
}

// `asClass(Notes).singleton()`
function wrapped(call: ts.CallExpression, scope: Scope): string | null {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return targetOf(callee.expression, scope);
  const name = dottedName(callee) ?? "";
  const [argument] = call.arguments;
  return argument && /^as(?:Class|Function|Value)$/.test(lastSegment(name)) ? targetOf(argument, scope) : null;
}

function madeBy(node: ts.ArrowFunction | ts.FunctionExpression, scope: Scope): string | null {
  if (!ts.isBlock(node.body)) return ts.isNewExpression(unwrap(node.body)) ? targetOf(node.body, scope) : null;
  const last = node.body.statements.at(-1);
  const value = last && ts.isReturnStatement(last) && last.expression ? unwrap(last.expression) : null;
  return value && ts.isNewExpression(value) ? targetOf(value, scope) : null;
}
