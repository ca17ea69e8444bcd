import type { ClassCode, Decorator } from "../../routing-code.ts";
import { callValue } from "./call.ts";
import { evaluate } from "./evaluate.ts";
import { lineage } from "./members.ts";
import { findName, settle } from "./modules.ts";
import type { Play } from "./play.ts";
import { textOf } from "./texts.ts";
import { UNDEFINED, type ClassValue, type Value } from "./values.ts";

/** A controller that a module brings in, and the path that `RouterModule` gave the module. */
export type MountedController = { controller: ClassValue; modulePath: string };

/** All controllers that an application has through its module and what that imports, each module once. */
export function controllersOf(play: Play, root: Value): MountedController[] {
  const found: Collected = { controllers: [], paths: new Map(), seen: new Set() };
  visitModule(play, root, found);
  return found.controllers.map(({ controller, module }) => ({ controller, modulePath: found.paths.get(module) ?? "" }));
}

/** A decorator of a class, its own or inherited. */
export function classDecorator(
  play: Play,
  type: ClassValue,
  name: string,
): { decorator: Decorator; on: ClassValue } | null {
  for (const on of lineage(play, type)) {
    const decorator = on.code.decorators.find((fact) => fact.name === name && isNest(play, on, name));
    if (decorator) return { decorator, on };
  }
  return null;
}

/** True where the name is NestJS's: other libraries have decorators of the same names. */
export function isNest(play: Play, type: ClassValue, name: string): boolean {
  const value = findName(play, type.env, name);
  return value.kind === "package" && value.package.startsWith("@nestjs/");
}

// --- internal ---

type Collected = {
  controllers: { controller: ClassValue; module: ClassCode }[];
  paths: Map<ClassCode, string>;
  seen: Set<ClassCode | Value>;
};

function visitModule(play: Play, given: Value, found: Collected): void {
  const value = settle(play, given);
  if (value.kind === "list") for (const item of value.items) visitModule(play, item, found);
  if (value.kind === "either") for (const option of value.options) visitModule(play, option, found);
  if (value.kind === "wrapped") for (const item of value.args) visitModule(play, item, found);
  if (value.kind === "function")
    visitModule(play, callValue(play, value, [], { file: value.env.file, line: 0 }), found);
  if (value.kind === "class") visitClass(play, value, found);
  if (value.kind === "record") visitDynamic(play, value, found);
}

function visitClass(play: Play, module: ClassValue, found: Collected): void {
  if (found.seen.has(module.code)) return;
  found.seen.add(module.code);
  const said = classDecorator(play, module, "Module");
  const metadata = said?.decorator.args[0] ? evaluate(play, said.decorator.args[0], said.on.env) : UNDEFINED;
  if (metadata.kind === "record") takeMetadata(play, metadata, module, found);
}

// `static forRoot() { return { module: Notes, controllers: [...] } }`, `RouterModule.register([...])`
function visitDynamic(play: Play, value: Extract<Value, { kind: "record" }>, found: Collected): void {
  if (found.seen.has(value)) return;
  found.seen.add(value);
  const routes = value.fields.get(ROUTES);
  if (routes) return takePaths(play, routes, "", found);
  const module = settle(play, value.fields.get("module") ?? UNDEFINED);
  if (module.kind !== "class") return;
  visitClass(play, module, found);
  takeMetadata(play, value, module, found);
}

/** Under this name a record keeps what `RouterModule.register` was given. */
export const ROUTES = "<routes>";

function takeMetadata(
  play: Play,
  metadata: Extract<Value, { kind: "record" }>,
  module: ClassValue,
  found: Collected,
): void {
  for (const controller of classesIn(play, metadata.fields.get("controllers"))) {
    found.controllers.push({ controller, module: module.code });
  }
  visitModule(play, metadata.fields.get("imports") ?? UNDEFINED, found);
}

function classesIn(play: Play, given: Value | undefined): ClassValue[] {
  const value = settle(play, given ?? UNDEFINED);
  if (value.kind === "class") return [value];
  const items = value.kind === "list" ? value.items : value.kind === "either" ? value.options : [];
  return items.flatMap((item) => classesIn(play, item));
}

function takePaths(play: Play, given: Value, above: string, found: Collected): void {
  const value = settle(play, given);
  if (value.kind === "list") for (const item of value.items) takePaths(play, item, above, found);
  if (value.kind === "class") found.paths.set(value.code, above);
  if (value.kind !== "record") return;
  const own = value.fields.get("path");
  const path = own ? `${above}/${textOf(play, own)}` : above;
  const module = settle(play, value.fields.get("module") ?? UNDEFINED);
  if (module.kind === "class") found.paths.set(module.code, path);
  takePaths(play, value.fields.get("children") ?? UNDEFINED, path, found);
}
