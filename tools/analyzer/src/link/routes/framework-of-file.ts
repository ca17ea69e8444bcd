import type { Framework } from "../../facts.ts";
import type { FunctionCode } from "../../routing-code.ts";
import type { Play } from "./play.ts";

/** Types that say: this is a router or an application. */
export const ROUTER_TYPE = /(?:^|\.)(?:I?Router|Express|I?Application|FastifyInstance|Koa)$/;

/** True for parameters that are declared as, or named like, a router or an application. */
export function isRouterParameter(parameter: FunctionCode["parameters"][number]): boolean {
  if (parameter.type !== null) return ROUTER_TYPE.test(parameter.type);
  return "name" in parameter.to && /^(?:app|router|fastify)$/i.test(parameter.to.name);
}

/** The framework of a router that comes from somewhere else: by its type or name, or by what the file imports. */
export function frameworkOfFile(play: Play, file: string, hint: string | null): Framework {
  if (hint !== null && /fastify/i.test(hint)) return "fastify";
  const specifiers = (play.symbols.files.get(file)?.imports ?? []).map(({ specifier }) => specifier ?? "");
  return FRAMEWORKS.find(([, names]) => specifiers.some((specifier) => names.test(specifier)))?.[0] ?? "express";
}

// --- internal ---

const FRAMEWORKS: readonly (readonly [Framework, RegExp])[] = [
  ["express", /^express(?:$|-)/],
  ["koa", /^(?:koa|@koa\/.*)(?:$|-)/],
  ["fastify", /^(?:fastify|@fastify\/.*)(?:$|-)/],
];
