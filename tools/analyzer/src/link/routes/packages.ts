import { runCallbacks, type Argument, type CallPlace } from "./call.ts";
import { frameworkOfFile } from "./framework-of-file.ts";
import { memberOf } from "./members.ts";
import { createNestApp } from "./nest-app.ts";
import { ROUTES } from "./nest-modules.ts";
import type { Play } from "./play.ts";
import { callPathFunction } from "./file-paths.ts";
import { createRouter } from "./routers.ts";
import { knownText } from "./texts.ts";
import { list, record, UNKNOWN, type Value } from "./values.ts";

type Package = Extract<Value, { kind: "package" }>;

/** What calling something of a package gives: an application, a router, or nothing known. */
export function callPackage(play: Play, callee: Package, args: Argument[], place: CallPlace): Value {
  const path = callee.path === "default" ? "" : callee.path.replace(/^default\./, "");
  const made = MAKERS[`${callee.package} ${path}`];
  if (made) return made(play, args);
  const onDisk = callPathFunction(play, callee.package, path, args);
  if (onDisk) return onDisk;
  if (/(?:^|\.)Router$/.test(path) || ROUTER_PACKAGE.test(callee.package)) {
    return createRouter(play, frameworkOfFile(play, place.file, null), false);
  }
  runCallbacks(play, args);
  const values = args.map(({ value }) => value);
  return { kind: "wrapped", args: values, result: UNKNOWN, keepsScope: false };
}

// --- internal ---

type Maker = (play: Play, args: Argument[]) => Value;

/** `express-promise-router` and its like make routers of Express. */
const ROUTER_PACKAGE = /^(?:@[\w-]+\/)?express(?:-[\w]+)*-router$/;

const MAKERS: Readonly<Record<string, Maker | undefined>> = {
  "express ": (play) => createRouter(play, "express", true),
  "express Router": (play) => createRouter(play, "express", false),
  "express json": () => UNKNOWN,
  "express static": () => UNKNOWN,
  "express urlencoded": () => UNKNOWN,
  "koa ": (play) => createRouter(play, "koa", true),
  ...forEach(["@koa/router", "koa-router", "koa-tree-router"], {
    "": koaRouter,
    Router: koaRouter,
  }),
  "koa-mount ": (_play, args) => mount(args),
  "koa-compose ": (_play, args) => args[0]?.value ?? list([]),
  ...forEach(["fastify"], { "": fastifyApp, fastify: fastifyApp }),
  ...forEach(["fastify-plugin"], { "": keepScope, fp: keepScope, fastifyPlugin: keepScope }),
  "@nestjs/core RouterModule.register": (_play, args) => record([[ROUTES, args[0]?.value ?? UNKNOWN]]),
  "@nestjs/common forwardRef": (_play, args) => args[0]?.value ?? UNKNOWN,
  "@nestjs/core NestFactory.create": (play, args) => createNestApp(play, args),
};

function forEach(packages: readonly string[], makers: Record<string, Maker>): Record<string, Maker> {
  return Object.fromEntries(
    packages.flatMap((name) => Object.entries(makers).map(([path, maker]) => [`${name} ${path}`, maker])),
  );
}

function koaRouter(play: Play, args: Argument[]): Value {
  const options = args[0]?.value;
  const given = options?.kind === "record" ? memberOf(play, options, "prefix") : undefined;
  const prefix = given && given.kind !== "undefined" ? (knownText(play, given) ?? "?") : "";
  return createRouter(play, "koa", false, prefix);
}

function fastifyApp(play: Play): Value {
  return createRouter(play, "fastify", true);
}

function keepScope(_play: Play, args: Argument[]): Value {
  return { kind: "wrapped", args: [args[0]?.value ?? UNKNOWN], result: UNKNOWN, keepsScope: true };
}

function mount(args: Argument[]): Value {
  const [first, second] = args;
  if (!first) return UNKNOWN;
  return second
    ? { kind: "mount", path: first.value, target: second.value }
    : { kind: "mount", path: { kind: "text", text: "" }, target: first.value };
}
