import { nearest } from "@strangler/platform";
import {
  PercentMissingError,
  PercentOutOfRangeError,
  PercentUselessError,
  RouteUnknownError,
  ServiceWithoutRoutesError,
  StageJumpError,
} from "../errors.ts";
import { editRoutes, type RouteEdit } from "./edit-text.ts";
import { parseRoutes, type RoutesSnapshot } from "./parse.ts";
import type { Route } from "./route.ts";
import { furthest, isAllowedStep, skippedStages, type Stage } from "./stages.ts";

export type StageWish = {
  /** Ids of routes, or patterns of ids with `*`. */
  selectors: readonly string[];
  /** All routes that move to this service. */
  allOf?: string | undefined;
  stage: Stage;
  /** With stage canary. Kept as it is when left out for a route that has one. */
  percent?: number | undefined;
  /** Jump over stages that the route has never been in. */
  force?: boolean | undefined;
};

export type StageChange = { id: string; before: StageAt; after: StageAt };
/** `percent` is null except in stage canary. */
export type StageAt = { stage: Stage; percent: number | null };

export type StageChanges = {
  /** Versions of the routes file before and after. Equal when nothing changes. */
  before: string;
  after: string;
  /** One for every route selected, whether it changes or not. */
  changes: StageChange[];
};

/**
 * The new text, and what changes in it; the text's comments and formatting stay. Throws StageJumpError when a route would skip a
 * stage without force, RouteUnknownError, ServiceWithoutRoutesError, PercentMissingError, PercentUselessError,
 * PercentOutOfRangeError, PlanFileError.
 */
export function planStages(file: string, text: string, wish: StageWish): { text: string; result: StageChanges } {
  const snapshot = parseRoutes(file, text);
  const routes = selectRoutes(file, snapshot, wish);
  assertPercent(routes, wish);
  assertSteps(routes, wish);
  const changes = routes.map((route) => ({ id: route.id, before: stageAt(route), after: wishedFor(route, wish) }));
  const edits = routes.flatMap((route) => editFor(snapshot, route, wishedFor(route, wish)));
  const edited = editRoutes(text, edits);
  const after = parseRoutes(file, edited);
  assertAsWished(after, changes);
  return { text: edited, result: { before: snapshot.version, after: after.version, changes } };
}

// --- internal ---

function selectRoutes(file: string, { routes }: RoutesSnapshot, { selectors, allOf }: StageWish): Route[] {
  const chosen = new Set([
    ...selectors.flatMap((selector) => selectById(file, routes, selector)),
    ...(allOf === undefined ? [] : selectByService(file, routes, allOf)),
  ]);
  return routes.filter((route) => chosen.has(route));
}

function selectById(file: string, routes: readonly Route[], selector: string): Route[] {
  const found = routes.filter(({ id }) => matches(selector, id));
  if (found.length > 0) return found;
  const ids = routes.map(({ id }) => id);
  throw new RouteUnknownError(selector, file, nearest(selector, ids), ids);
}

function selectByService(file: string, routes: readonly Route[], service: string): Route[] {
  const found = routes.filter((route) => route.service === service);
  if (found.length > 0) return found;
  const services = [...new Set(routes.map((route) => route.service))];
  throw new ServiceWithoutRoutesError(service, file, nearest(service, services), services);
}

function matches(selector: string, id: string): boolean {
  const pattern = selector.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(id);
}

function assertPercent(routes: readonly Route[], { stage, percent }: StageWish): void {
  if (stage !== "canary") {
    if (percent !== undefined) throw new PercentUselessError(stage);
    return;
  }
  if (percent === undefined) {
    const missing = routes.filter((route) => route.stage !== "canary").map(({ id }) => id);
    if (missing.length > 0) throw new PercentMissingError(missing);
  } else if (!(percent >= 0 && percent <= 100) || Math.abs(percent * 100 - Math.round(percent * 100)) > 1e-9) {
    throw new PercentOutOfRangeError(percent);
  }
}

function assertSteps(routes: readonly Route[], { stage: to, force }: StageWish): void {
  if (force === true) return;
  const jumps = routes
    .filter((route) => !isAllowedStep(route.stage, to, route.reached))
    .map(({ id, stage: from, reached }) => ({ id, from, to, skipped: skippedStages(furthest(from, reached), to) }));
  if (jumps.length > 0) throw new StageJumpError(jumps);
}

function stageAt({ stage, share }: Route): StageAt {
  return { stage, percent: stage === "canary" ? share / 100 : null };
}

function wishedFor(route: Route, { stage, percent }: StageWish): StageAt {
  return { stage, percent: stage === "canary" ? (percent ?? route.share / 100) : null };
}

function editFor({ routes }: RoutesSnapshot, route: Route, { stage, percent }: StageAt): RouteEdit[] {
  const before = stageAt(route);
  if (before.stage === stage && before.percent === percent) return [];
  const reached = furthest(route.reached, stage);
  return [
    {
      index: routes.indexOf(route),
      fields: {
        stage,
        percent: percent ?? undefined,
        // Written from the first step on; a route that has never left the monolith has nothing to remember.
        reached: reached === "monolith" ? undefined : reached,
      },
    },
  ];
}

// The edit works on the text; this makes sure that it did what the command will say it did, before anything is written.
function assertAsWished({ routes }: RoutesSnapshot, changes: readonly StageChange[]): void {
  for (const { id, after } of changes) {
    const route = routes.find((candidate) => candidate.id === id);
    if (route && JSON.stringify(stageAt(route)) === JSON.stringify(after)) continue;
    throw new Error(`the routes file is written in a way that route "${id}" cannot be edited in; edit it by hand`);
  }
}
