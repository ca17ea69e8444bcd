import type { Framework } from "../../facts.ts";
import type { Expr } from "../../routing-code.ts";
import { runCallbacks, type Argument, type CallPlace } from "./call.ts";
import { registerPlugin } from "./fastify.ts";
import { settle } from "./modules.ts";
import type { RouterNode } from "./network.ts";
import type { Play } from "./play.ts";
import { HOLE, knownText, textOf, textsOf } from "./texts.ts";
import { UNKNOWN, type Value } from "./values.ts";
import { own } from "../../own.ts";

type Router = Extract<Value, { kind: "router" }>;
type RouteValue = Extract<Value, { kind: "route" }>;

/** A new router. An application is where requests come in. */
export function createRouter(play: Play, framework: Framework, app: boolean, prefix = ""): Router {
  const node: RouterNode = { framework, app, prefix };
  play.effects++;
  play.network.routers.push(node);
  return { kind: "router", node };
}

/** A call on a router: it notes a route, mounts another router, or is none of our business. */
export function callRouter(play: Play, of: Router, name: string, args: Argument[], place: CallPlace): Value {
  const { framework } = of.node;
  play.effects++;
  if (VERBS.has(name)) return recordVerb(play, of, name, args, place);
  if (name === "use" && framework !== "fastify") return recordMounts(play, of, args);
  if (name === "register" && framework === "fastify") return registerPlugin(play, of, args, place);
  if (name === "register" && framework === "koa") return recordKoaRegister(play, of, args, place);
  if (name === "route" && framework === "fastify") return recordRouteOptions(play, of, args, place);
  if (name === "route" && args[0]) return { kind: "route", node: of.node, path: args[0].value };
  if (name === "prefix" && args[0]) of.node.prefix = textOf(play, args[0].value);
  if (name === "allowedMethods") return UNKNOWN;
  // `app.listen(port, () => ...)`, `fastify.after(() => ...)`
  if (!REQUEST_HOOKS.has(name)) runCallbacks(play, args);
  return of;
}

/** A call on `router.route("/path")`. */
export function callRoute(play: Play, of: RouteValue, name: string, args: Argument[], place: CallPlace): Value {
  play.effects++;
  if (VERBS.has(name)) addRoutes(play, of.node, name, [of.path], args, place);
  return of;
}

export function connect(play: Play, from: RouterNode, to: RouterNode, path: string): void {
  if (from !== to) play.network.edges.push({ from, to, path, trial: play.trial });
}

// --- internal ---

/** Notes a route for every path; the last of the handlers answers. */
function addRoutes(
  play: Play,
  on: RouterNode,
  method: string,
  paths: readonly Value[],
  handlers: readonly Argument[],
  place: CallPlace,
): void {
  const last = handlers.at(-1);
  for (const handler of handlers) markCalled(play, handler.value);
  for (const path of paths.flatMap((value) => textsOf(play, value))) {
    play.network.routes.push({
      on,
      method: own(METHOD_NAMES, method) ?? method.toUpperCase(),
      path,
      ...place,
      handler: last?.value ?? UNKNOWN,
      handlerName: last ? nameOf(last.expr) : null,
      trial: play.trial,
    });
  }
}

const VERBS = new Set([
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "del",
  "all",
  "options",
  "head",
  "search",
  "propfind",
  HOLE,
]);
const METHOD_NAMES: Readonly<Record<string, string>> = { del: "DELETE", [HOLE]: HOLE };
/** They take functions that are called for requests. */
const REQUEST_HOOKS = new Set(["param", "addHook", "setErrorHandler", "setNotFoundHandler", "on", "once", "decorate"]);

function recordVerb(play: Play, of: Router, name: string, args: Argument[], place: CallPlace): Value {
  const [first, second] = args;
  if (!first || isHandler(first.value)) return of;
  // Koa: `router.get("name", "/path", handler)`
  const named = of.node.framework === "koa" && args.length > 2 && second !== undefined && isPath(play, second.value);
  const path = named ? second : first;
  const handlers = args.slice(named ? 2 : 1);
  if (handlers.length === 0) return UNKNOWN; // `app.get("port")` reads a setting
  const record = handlers.find(({ value }) => value.kind === "record")?.value;
  const inOptions = record?.kind === "record" ? record.fields.get("handler") : undefined;
  const all = inOptions && handlers.length === 1 ? [{ value: inOptions, expr: NOTHING }] : handlers;
  addRoutes(play, of.node, name, [path.value], all, place);
  return of;
}

const NOTHING: Expr = { is: "unknown" };

function isPath(play: Play, value: Value): boolean {
  return value.kind === "list" ? value.items.every((item) => isPath(play, item)) : knownText(play, value) !== null;
}

function isHandler(value: Value): boolean {
  return value.kind === "function" || value.kind === "wrapped";
}

// Koa: `router.register("/path", ["GET", "POST"], handler)`
function recordKoaRegister(play: Play, of: Router, args: Argument[], place: CallPlace): Value {
  const [path, methods, ...handlers] = args;
  if (!path || !methods) return of;
  for (const method of textsOf(play, methods.value)) addRoutes(play, of.node, method, [path.value], handlers, place);
  return of;
}

// Fastify: `fastify.route({ method: ["GET", "HEAD"], url: "/path", handler })`
function recordRouteOptions(play: Play, of: Router, args: Argument[], place: CallPlace): Value {
  const options = args[0]?.value;
  if (options?.kind !== "record") return of;
  const path = options.fields.get("url") ?? options.fields.get("path") ?? UNKNOWN;
  const handler = options.fields.get("handler") ?? UNKNOWN;
  for (const method of textsOf(play, options.fields.get("method") ?? UNKNOWN)) {
    addRoutes(play, of.node, method, [path], [{ value: handler, expr: NOTHING }], place);
  }
  return of;
}

/** `app.use("/path", guard, router)`, `app.use(["/a", "/b"], [router])`, `app.use(mount("/path", inner))`. */
function recordMounts(play: Play, of: Router, args: Argument[]): Value {
  const [first] = args;
  const hasPath = first !== undefined && args.length > 1 && isMountPath(play, first);
  const paths = hasPath ? textsOf(play, first.value) : [""];
  for (const { value } of hasPath ? args.slice(1) : args) mountValue(play, of.node, paths, value);
  return of;
}

/** Code that is called like this and comes first says where something is mounted; anything else stands in between. */
const NAMED_LIKE_PATH = /path|prefix|base|url|root|version|endpoint|uri|env/i;

function isMountPath(play: Play, { value, expr }: Argument): boolean {
  if (isPath(play, value)) return true;
  if (value.kind === "list") return value.items.some((item) => isPath(play, item));
  return (
    (value.kind === "unknown" || value.kind === "undefined") &&
    (expr.is === "template" || NAMED_LIKE_PATH.test(nameOf(expr) ?? ""))
  );
}

function mountValue(play: Play, on: RouterNode, paths: readonly string[], given: Value): void {
  const value = settle(play, given);
  if (value.kind === "router") for (const path of paths) connect(play, on, value.node, path);
  if (value.kind === "list") for (const item of value.items) mountValue(play, on, paths, item);
  if (value.kind === "either") for (const option of value.options) mountValue(play, on, paths, option);
  if (value.kind === "wrapped") for (const inner of [...value.args, value.result]) mountValue(play, on, paths, inner);
  if (value.kind === "function") markCalled(play, value);
  if (value.kind !== "mount") return;
  const inner = textOf(play, value.path);
  mountValue(
    play,
    on,
    paths.map((path) => `${path}${inner}`),
    value.target,
  );
}

// What answers requests sets up no routes, so nothing runs it for a trial.
function markCalled(play: Play, value: Value): void {
  if (value.kind === "function") play.called.add(value.code);
  if (value.kind === "wrapped") for (const inner of [...value.args, value.result]) markCalled(play, inner);
  if (value.kind === "list") for (const item of value.items) markCalled(play, item);
}

/** `note.add` and `asyncHandler(note.add)` are both `note.add`. */
function nameOf(expr: Expr): string | null {
  if (expr.is === "name") return expr.name;
  if (expr.is === "this") return "this";
  if (expr.is === "list") return lastName(expr.items);
  if (expr.is === "member") {
    const left = nameOf(expr.of);
    return left === null ? null : `${left}.${expr.name}`;
  }
  if (expr.is !== "call") return null;
  if (expr.callee.is === "member" && expr.callee.name === "bind") return nameOf(expr.callee.of);
  return lastName(expr.args) ?? nameOf(expr.callee);
}

function lastName(exprs: readonly Expr[]): string | null {
  return exprs.map(nameOf).findLast((name) => name !== null) ?? null;
}
