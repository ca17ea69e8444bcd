import { errorCode } from "@strangler/platform";
import { changeRoutes } from "../control/change-routes.ts";
import type { RoutesStore } from "../control/store/routes-store.ts";
import { parseRoutes } from "../routes/parse.ts";
import type { StageMove } from "./watch.ts";

/**
 * Makes a change that the watch wants, if the route still stands where it was judged; where a person or another replica was faster,
 * theirs holds. Other routes may change meanwhile: the change is then based on what there is now. Throws what `changeRoutes` throws.
 */
export async function setStage(store: RoutesStore, { route: id, before, after, reason }: StageMove): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { text, version } = await store.read();
    const route = parseRoutes(store.name, text).routes.find((each) => each.id === id);
    if (route?.stage !== before.stage || route.share !== Math.round(100 * (before.percent ?? 0))) return;
    const wish = { selectors: [id], stage: after.stage, percent: after.percent ?? undefined };
    try {
      await changeRoutes(store, wish, "watch", reason, { ifVersion: version });
      return;
    } catch (error) {
      if (errorCode(error) !== "ROUTES_CHANGED_MEANWHILE" || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

// --- internal ---

const MOST_ATTEMPTS = 20;
