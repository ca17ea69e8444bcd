import { watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { PlanFileError, type Logger, type PlanFileProblem } from "@strangler/platform";
import { parseRoutes, type RoutesSnapshot, type RoutesText, type UpstreamOverrides } from "./parse.ts";
import { readRoutesText } from "./read.ts";

export type ReloadError = { at: string; problems: readonly PlanFileProblem[] };

/** The routes in force. `current` is one pointer: a reload replaces the whole snapshot or nothing. */
export type RouteSource = {
  current: () => RoutesSnapshot;
  text: () => RoutesText;
  /** Has `listener` told of every text that comes into force from now on. */
  onChange: (listener: (routes: RoutesText) => void) => void;
  /** Why the file as it stands now is not in force; undefined when it is. */
  reloadError: () => ReloadError | undefined;
  loadedAt: () => Date;
  reloads: () => { applied: number; refused: number };
  close: () => void;
};

export type RouteSourceOptions = {
  file: string;
  overrides: UpstreamOverrides;
  log: Logger;
  /** How often the file is looked at in case its directory's events are lost, as on some mounts. */
  pollMs?: number;
};

// Editors and `rename` cause several events for one change; one read a little later sees the result of all of them.
const SETTLE_MS = 15;

/** Reads the file, then follows it. Throws PlanFileError when it is wrong at the start; later the last good routes stay. */
export async function followRoutes(options: RouteSourceOptions): Promise<RouteSource> {
  const { file, overrides, log, pollMs = 300 } = options;
  let onChange: ((routes: RoutesText) => void) | undefined;
  let text = await readRoutesText(file);
  let snapshot = parseRoutes(file, text, overrides);
  let loadedAt = new Date();
  let error: ReloadError | undefined;
  let applied = 0;
  let refused = 0;
  let fingerprint = await fingerprintOf(file);
  let settling: NodeJS.Timeout | undefined;
  let looking = false;
  let lookAgain = false;
  let closed = false;

  // The directory is watched, not the file: a rename over the file would leave the watch on the one that is gone.
  const watcher = watchDirectory(file, log, () => {
    settling ??= setTimeout(() => void look(), SETTLE_MS);
  });
  const poll = setInterval(() => {
    void fingerprintOf(file).then((seen) => (seen === fingerprint ? undefined : look()));
  }, pollMs);
  poll.unref();

  // One look at a time: of two overlapping reads the older could end last, and its text would stay.
  async function look(): Promise<void> {
    settling = undefined;
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = true;
    do {
      lookAgain = false;
      await lookOnce();
    } while (lookAgain && !closed);
    looking = false;
  }

  async function lookOnce(): Promise<void> {
    try {
      fingerprint = await fingerprintOf(file);
      const found = await readRoutesText(file);
      if (closed) return;
      if (found === text && error === undefined) return;
      const next = parseRoutes(file, found, overrides);
      text = found;
      if (error === undefined && next.version === snapshot.version) return;
      apply(next);
    } catch (cause) {
      if (!closed) refuse(cause);
    }
  }

  function apply(next: RoutesSnapshot): void {
    const before = snapshot.version;
    snapshot = next;
    loadedAt = new Date();
    error = undefined;
    applied += 1;
    onChange?.({ text, version: next.version });
    log.info({ version: next.version, before, routes: next.routes.length }, "routes reloaded");
  }

  function refuse(cause: unknown): void {
    const problems =
      cause instanceof PlanFileError
        ? cause.problems
        : [{ file, reason: cause instanceof Error ? cause.message : String(cause) }];
    if (JSON.stringify(error?.problems) === JSON.stringify(problems)) return;
    error = { at: new Date().toISOString(), problems };
    refused += 1;
    log.error({ problems, version: snapshot.version }, "routes file is wrong, the last good routes stay in force");
  }

  return {
    current: () => snapshot,
    text: () => ({ text, version: snapshot.version }),
    onChange: (listener) => {
      onChange = listener;
    },
    reloadError: () => error,
    loadedAt: () => loadedAt,
    reloads: () => ({ applied, refused }),
    close: () => {
      closed = true;
      clearInterval(poll);
      clearTimeout(settling);
      watcher?.close();
    },
  };
}

// --- internal ---

// stat follows links, so a ConfigMap's swapped directory link shows as another inode.
async function fingerprintOf(file: string): Promise<string> {
  return stat(file).then(
    ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
    () => "gone",
  );
}

function watchDirectory(file: string, log: Logger, changed: () => void): FSWatcher | undefined {
  const name = path.basename(file);
  try {
    const watcher = watch(path.dirname(file), { persistent: false }, (_event, changedName) => {
      if (changedName === null || changedName === name) changed();
    });
    watcher.on("error", (error) => log.warn({ err: error }, "the routes file is only polled from now on"));
    return watcher;
  } catch (error) {
    log.warn({ err: error }, "the routes file cannot be watched, it is only polled");
    return undefined;
  }
}
