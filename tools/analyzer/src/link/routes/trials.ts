import type { ClassCode, FunctionCode } from "../../routing-code.ts";
import { callFunction, construct } from "./call.ts";
import { findMethod } from "./members.ts";
import { loadModule } from "./modules.ts";
import type { Play } from "./play.ts";
import type { ClassValue } from "./values.ts";

/**
 * Plays every file through, and then what nothing seemed to call: functions that tests, containers or frameworks
 * call. What a trial finds counts only as long as no call turns up later, because that call knows the arguments.
 */
export function playAll(play: Play): void {
  for (const file of play.symbols.files.keys()) loadModule(play, file);
  // What takes nothing comes first: it may call what takes something, and knows with what.
  tryFunctions(play, false);
  tryClasses(play);
  tryFunctions(play, true);
  dropRefuted(play);
}

// --- internal ---

function tryFunctions(play: Play, withArguments: boolean): void {
  // Trials may bring up further functions, which the map then also walks through.
  for (const [code, callable] of play.closures) {
    if (play.called.has(code) || !code.body || takesSomething(code) !== withArguments) continue;
    if (!code.setsUp && (withArguments || !hasRoutes(play, callable.env.file))) continue;
    attempt(play, code, () => callFunction(play, callable, null));
  }
}

// A function that only calls another one of its file names nothing that routes are set up with.
function hasRoutes(play: Play, file: string): boolean {
  return play.symbols.files.get(file)?.routing?.functions.some(({ setsUp }) => setsUp) ?? false;
}

function takesSomething(code: FunctionCode): boolean {
  return code.parameters.length > 0;
}

function attempt(play: Play, code: FunctionCode, act: () => void): void {
  play.trial = code;
  act();
  play.trial = null;
  // The trial itself is no call.
  play.called.delete(code);
  play.tried.add(code);
}

function tryClasses(play: Play): void {
  for (const [code, type] of play.classes) {
    if (isDeclared(code) || !setsUp(play, type)) continue;
    if (!play.instances.has(code)) construct(play, type, [], { file: type.env.file, line: code.line });
    const instance = play.instances.get(code);
    if (!instance) continue;
    for (const method of code.methods) {
      const found = findMethod(play, type, method.name, instance, method.isStatic);
      if (!found || play.called.has(found.value.code) || play.tried.has(found.value.code)) continue;
      attempt(play, found.value.code, () => callFunction(play, found.value, null));
    }
  }
}

function setsUp(play: Play, { code, env }: ClassValue): boolean {
  const functions = play.symbols.files.get(env.file)?.routing?.functions ?? [];
  const own = [...code.methods.map((method) => method.function), ...(code.create === null ? [] : [code.create])];
  return own.some((position) => functions[position]?.setsUp) || code.fields.some(({ value }) => value?.is === "call");
}

// What decorators describe is no code that runs.
function isDeclared(code: ClassCode): boolean {
  return (
    code.methods.some(({ decorators }) => decorators.length > 0) ||
    code.decorators.some(({ name }) => name === "Module")
  );
}

function dropRefuted(play: Play): void {
  const holds = ({ trial }: { trial: FunctionCode | null }): boolean => trial === null || !play.called.has(trial);
  play.network.edges = play.network.edges.filter(holds);
  play.network.routes = play.network.routes.filter(holds);
}
