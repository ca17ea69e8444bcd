import type { Place, Route } from "../../facts.ts";
import type { ClassCode, Decorator } from "../../routing-code.ts";
import { evaluate } from "./evaluate.ts";
import { lineage } from "./members.ts";
import { classDecorator, controllersOf, isNest, type MountedController } from "./nest-modules.ts";
import { joinPaths } from "./network.ts";
import type { Play } from "./play.ts";
import { HOLE, knownText, textOf, textsOf } from "./texts.ts";
import { UNDEFINED, type ClassValue, type NestApp, type Value } from "./values.ts";
import { own } from "../../own.ts";

/**
 * Routes of NestJS: of the controllers that an application has through its modules, and then of those that no
 * application has. Resolvers, gateways and message handlers answer something else than routes and are left out.
 */
export function nestRoutes(play: Play): Route[] {
  const reached = new Set<ClassCode>();
  const apps = play.nestApps.filter(({ closed, serves }) => serves || !closed);
  const mounted = apps.flatMap((app) =>
    controllersOf(play, app.module).flatMap((controller) => {
      reached.add(controller.controller.code);
      return controllerRoutes(play, app, controller);
    }),
  );
  const loose = [...play.classes.values()].filter(({ code }) => !reached.has(code) && hasOwnController(code));
  return [...mounted, ...loose.flatMap((controller) => controllerRoutes(play, null, { controller, modulePath: "" }))];
}

// --- internal ---

const METHODS: Readonly<Record<string, string | undefined>> = {
  Get: "GET",
  Post: "POST",
  Put: "PUT",
  Patch: "PATCH",
  Delete: "DELETE",
  Options: "OPTIONS",
  Head: "HEAD",
  Search: "SEARCH",
  All: "ALL",
  Sse: "GET",
};

function hasOwnController(code: ClassCode): boolean {
  return code.decorators.some(({ name }) => name === "Controller");
}

function controllerRoutes(play: Play, app: NestApp | null, { controller, modulePath }: MountedController): Route[] {
  const said = classDecorator(play, controller, "Controller");
  if (!said) return [];
  const options = said.decorator.args[0] ? evaluate(play, said.decorator.args[0], said.on.env) : UNDEFINED;
  const inOptions = options.kind === "record" ? options.fields : new Map<string, Value>();
  const path = options.kind === "record" ? inOptions.get("path") : options;
  const version = inOptions.get("version");
  return routeMethods(play, controller).flatMap((method) =>
    method.paths.flatMap((methodPath) =>
      pathsOf(play, path).flatMap((controllerPath) => {
        const local = [modulePath, controllerPath, methodPath].reduce(
          (left, right) => joinPaths("nest", left, right),
          "",
        );
        return versionsOf(play, app, method.version ?? version).map((prefix): Route => ({
          ...method.place,
          method: method.name,
          path: joinPaths(
            "nest",
            excluded(play, app, local, method.name) ? "" : (app?.prefix ?? ""),
            `${prefix}${local}`,
          ),
          handler: { ...method.handler, name: method.handlerName },
          mounted: app !== null,
          framework: "nest",
        }));
      }),
    ),
  );
}

type RouteMethod = {
  name: string;
  paths: string[];
  version: Value | undefined;
  place: Place;
  handler: Place;
  handlerName: string;
};

// A method that an extending class writes anew hides the one it extends, decorators and all.
function routeMethods(play: Play, controller: ClassValue): RouteMethod[] {
  const hidden = new Set<string>();
  const found: RouteMethod[] = [];
  for (const type of lineage(play, controller)) {
    for (const method of type.code.methods) {
      if (method.isStatic || hidden.has(method.name)) continue;
      hidden.add(method.name);
      const verb = method.decorators.find(({ name }) => own(METHODS, name) !== undefined && isNest(play, type, name));
      if (verb) found.push(describeMethod(play, type, method, verb));
    }
  }
  return found;
}

function describeMethod(
  play: Play,
  type: ClassValue,
  method: ClassCode["methods"][number],
  verb: Decorator,
): RouteMethod {
  const { file } = type.env;
  const argument = (decorator: Decorator | undefined): Value | undefined =>
    decorator?.args[0] && evaluate(play, decorator.args[0], type.env);
  const code = play.symbols.files.get(file)?.routing?.functions[method.function];
  return {
    name: own(METHODS, verb.name) ?? HOLE,
    paths: pathsOf(play, argument(verb)),
    version: argument(method.decorators.find(({ name }) => name === "Version")),
    place: { file, line: verb.line },
    handler: { file, line: code?.line ?? verb.line },
    handlerName: `${type.code.name}#${method.name}`,
  };
}

function pathsOf(play: Play, value: Value | undefined): string[] {
  return value === undefined || value.kind === "undefined" ? [""] : textsOf(play, value);
}

/** `/v1` and the like: only versions in the path are part of it. */
function versionsOf(play: Play, app: NestApp | null, own: Value | undefined): string[] {
  const options = app?.versioning?.kind === "record" ? app.versioning.fields : null;
  const type = options?.get("type");
  if (!options || !isName(type, "VersioningType.URI")) return [""];
  const version = own ?? options.get("defaultVersion");
  if (!version || version.kind === "undefined") return [""];
  const prefix = options.get("prefix");
  const before = prefix === undefined ? "v" : (knownText(play, prefix) ?? "");
  const versions = version.kind === "list" ? version.items : [version];
  return versions.map((item) => (isName(item, "VERSION_NEUTRAL") ? "" : `/${before}${textOf(play, item)}`));
}

function isName(value: Value | undefined, name: string): boolean {
  return value?.kind === "package" && value.path === name;
}

function excluded(play: Play, app: NestApp | null, path: string, method: string): boolean {
  return (app?.exclude ?? []).some((rule) => {
    const only = rule.kind === "record" ? rule.fields.get("method") : undefined;
    const methodFits =
      only === undefined || isName(only, "RequestMethod.ALL") || isName(only, `RequestMethod.${method}`);
    const pattern = textOf(play, rule.kind === "record" ? rule.fields.get("path") : rule);
    return methodFits && patternOf(pattern).test(path);
  });
}

// Parameters stand for a segment, wildcards for the rest: `users/:id`, `health{/*path}`, `health/(.*)`.
function patternOf(path: string): RegExp {
  const source = `/${path}`
    .replace(/^\/{2,}/, "/")
    .replaceAll("(.*)", "*")
    .replaceAll(/[.+?^$|()[\]\\]/g, "\\$&")
    .replaceAll(/\*\w*/g, ".*")
    .replaceAll(/:\w+/g, "[^/]+")
    .replaceAll("{", "(?:")
    .replaceAll("}", ")?");
  return new RegExp(`^${source}/?$`, "i");
}
