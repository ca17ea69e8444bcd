import { ForceWithoutReasonError, RoutesChangedMeanwhileError } from "../errors.ts";
import { planStages, type StageChanges, type StageWish } from "../routes/change-stages.ts";
import type { AuditEntry } from "./audit/entry.ts";
import { createFileStore } from "./store/file-store.ts";
import type { RoutesStore } from "./store/routes-store.ts";

export type ChangeOptions = {
  /** The version that the wish is based on; the one just read when left out. */
  ifVersion?: string | undefined;
  /** Say what would change, change nothing. */
  dryRun?: boolean;
};

/** `entry` is what was written into the audit log; undefined for a dry run and where nothing changes. */
export type RoutesChange = StageChanges & { entry: AuditEntry | undefined };

/**
 * The one way in which stages are set: by the command, the admin API, the dashboard and the watch. `actor` is who wants it: an
 * operating system's user, a token's name, "watch". Throws ForceWithoutReasonError, RoutesChangedMeanwhileError (the routes are
 * no longer those of `ifVersion`; nothing was written), RoutesStoreAwayError, and what `planStages` throws.
 */
export async function changeRoutes(
  store: RoutesStore,
  wish: StageWish,
  actor: string,
  reason?: string,
  { ifVersion, dryRun = false }: ChangeOptions = {},
): Promise<RoutesChange> {
  if (wish.force === true && !dryRun && !reason?.trim()) throw new ForceWithoutReasonError();
  const { text, version } = await store.read();
  if (ifVersion !== undefined && ifVersion !== version) throw new RoutesChangedMeanwhileError(store.name);
  const { text: newText, result } = planStages(store.name, text, wish);
  if (dryRun || newText === text) return { ...result, entry: undefined };
  const changes = result.changes.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
  const note = { actor, action: "set stages" as const, reason, forced: wish.force === true, changes };
  return { ...result, entry: await store.change(version, newText, note) };
}

/**
 * Sets stages in a routes file: `changeRoutes` for programs that have no store open. Nobody need give a reason here.
 */
export async function changeStages(
  file: string,
  wish: StageWish,
  {
    dryRun = false,
    actor = "program",
    reason = "set by a program",
  }: { dryRun?: boolean; actor?: string; reason?: string } = {},
): Promise<StageChanges> {
  const { before, after, changes } = await changeRoutes(createFileStore(file), wish, actor, reason, { dryRun });
  return { before, after, changes };
}
