import { callFunction, callValue, type Argument, type CallPlace } from "./call.ts";
import { autoloadPlugins } from "./fastify-autoload.ts";
import { memberOf } from "./members.ts";
import { settle } from "./modules.ts";
import type { Play } from "./play.ts";
import { callRouter, connect, createRouter } from "./routers.ts";
import { textOf } from "./texts.ts";
import { record, UNKNOWN, type Callable, type Value } from "./values.ts";

type Router = Extract<Value, { kind: "router" }>;

/** `fastify.register(plugin, { prefix })`: the plugin runs at once, with a scope of its own. */
export function registerPlugin(play: Play, on: Router, args: Argument[], place: CallPlace): Value {
  const [plugin, given] = args;
  if (plugin) loadPlugin(play, on, plugin.value, optionsOf(play, on, given?.value, place), place);
  return on;
}

/** A plugin wrapped by `fastify-plugin` shares the scope it is registered in, and its prefix is not used. */
export function loadPlugin(play: Play, on: Router, plugin: Value, options: Value, place: CallPlace): void {
  const value = settle(play, plugin);
  if (value.kind === "package") autoloadPlugins(play, on, value, options, place);
  if (value.kind === "record") return loadRecord(play, on, value, options, place);
  if (value.kind === "either") return value.options.forEach((option) => loadPlugin(play, on, option, options, place));
  const callee = pluginFunction(play, value);
  if (!callee) return;
  const scope = sharesScope(value) ? on : innerScope(play, on, options);
  callFunction(play, callee, [scope, options, UNKNOWN].map(withoutCode));
}

// --- internal ---

function loadRecord(
  play: Play,
  on: Router,
  value: Extract<Value, { kind: "record" }>,
  options: Value,
  place: CallPlace,
): void {
  const inner = value.fields.get("default");
  if (inner) return loadPlugin(play, on, inner, options, place);
  // A file that autoload finds may export the options of one route.
  if (value.fields.has("method")) callRouter(play, innerScope(play, on, options), "route", [withoutCode(value)], place);
}

// Options that are computed late come too late for the prefix: Fastify takes it from the object alone.
function optionsOf(play: Play, on: Router, given: Value | undefined, place: CallPlace): Value {
  if (given?.kind === "function") {
    const late = callValue(play, given, [withoutCode(on)], place);
    return late.kind === "record"
      ? record(
          [...late.fields].filter(([name]) => name !== "prefix"),
          true,
        )
      : late;
  }
  return given ?? record([]);
}

function innerScope(play: Play, on: Router, options: Value): Router {
  const prefix = memberOf(play, options, "prefix");
  const known =
    options.kind !== "record" ||
    prefix.kind === "undefined" ||
    (prefix.kind === "unknown" && !options.fields.has("prefix"));
  const inner = createRouter(play, "fastify", false);
  connect(play, on.node, inner.node, known ? "" : textOf(play, prefix));
  return inner;
}

function pluginFunction(play: Play, value: Value): Callable | null {
  if (value.kind === "function") return value;
  if (value.kind === "module") return pluginFunction(play, settle(play, value));
  if (value.kind !== "wrapped") return null;
  return (
    [value.result, ...value.args].map((inner) => pluginFunction(play, inner)).find((found) => found !== null) ?? null
  );
}

function sharesScope(value: Value): boolean {
  return value.kind === "wrapped" && (value.keepsScope || sharesScope(value.result));
}

function withoutCode(value: Value): Argument {
  return { value, expr: { is: "unknown" } };
}
