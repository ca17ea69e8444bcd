import {
  effectOf,
  parseRoutes,
  type ChangeEffect,
  type RouteFacts,
  type RouteReport,
  type RouteStatus,
  type RoutesStore,
  type StageChange,
} from "@strangler/proxy";

/** What a change would mean, with what a running proxy has counted where there is one. */
export async function foreseeEffects(
  store: RoutesStore,
  changes: readonly StageChange[],
  report: RouteReport | undefined,
): Promise<ChangeEffect[]> {
  const { text } = await store.read();
  const routes = new Map(parseRoutes(store.name, text).routes.map((route) => [route.id, route]));
  return changes.flatMap((change) => {
    const route = routes.get(change.id);
    const seen = report?.routes.find(({ id }) => id === change.id);
    return route ? [effectOf(change, route, seen && factsOf(seen))] : [];
  });
}

// --- internal ---

function factsOf({ shadow, lastMinute }: RouteStatus): RouteFacts {
  return { shadow, lately: (side) => lastMinute?.[side] };
}
