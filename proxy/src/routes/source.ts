import { PlanFileError, type Logger, type PlanFileProblem } from "@strangler/platform";
import type { RoutesStore } from "../control/store/routes-store.ts";
import type { Listener } from "./loops.ts";
import { parseRoutes, type RoutesSnapshot, type RoutesText, type UpstreamOverrides } from "./parse.ts";

export type ReloadError = { at: string; problems: readonly PlanFileProblem[] };

export type Refusal = { version: string; reason: string };

/** The routes in force. `current` is one pointer: a reload replaces the whole snapshot or nothing. */
export type RouteSource = {
  current: () => RoutesSnapshot;
  text: () => RoutesText;
  /** Has `listener` told of every text that comes into force from now on. */
  onChange: (listener: (routes: RoutesText) => void) => void;
  /** Has `listener` told of every text that cannot come into force. */
  onRefusal: (listener: (refusal: Refusal) => void) => void;
  /** Why the file as it stands now is not in force; undefined when it is. */
  reloadError: () => ReloadError | undefined;
  loadedAt: () => Date;
  reloads: () => { applied: number; refused: number };
  close: () => void;
};

export type RouteSourceOptions = {
  store: RoutesStore;
  /** Addresses that replace those of the routes, by the service's name. */
  overrides: UpstreamOverrides;
  /** Where this proxy listens itself: no service may be there. */
  own?: readonly Listener[];
  log: Logger;
};

/** Reads the routes, then follows them. Throws PlanFileError when they are wrong at the start; later the last good ones stay. */
export async function followRoutes({ store, overrides, own = [], log }: RouteSourceOptions): Promise<RouteSource> {
  const listeners: ((routes: RoutesText) => void)[] = [];
  const refusals: ((refusal: Refusal) => void)[] = [];
  let { text } = await store.read();
  let snapshot = parseRoutes(store.name, text, overrides, own);
  let loadedAt = new Date();
  let error: ReloadError | undefined;
  let applied = 0;
  let refused = 0;
  let looking = false;
  let lookAgain = false;
  let closed = false;
  const unfollow = store.follow(() => void look());

  // One look at a time: of two overlapping reads the older could end last, and its text would stay.
  async function look(): Promise<void> {
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
    let found: RoutesText | undefined;
    try {
      found = await store.read();
      if (closed) return;
      if (found.text === text && error === undefined) return;
      const next = parseRoutes(store.name, found.text, overrides, own);
      ({ text } = found);
      if (error === undefined && next.version === snapshot.version) return;
      apply(next);
    } catch (cause) {
      if (!closed) refuse(cause, found?.version);
    }
  }

  function apply(next: RoutesSnapshot): void {
    const before = snapshot.version;
    snapshot = next;
    loadedAt = new Date();
    error = undefined;
    applied += 1;
    for (const listener of listeners) listener({ text, version: next.version });
    log.info({ version: next.version, before, routes: next.routes.length }, "routes reloaded");
  }

  function refuse(cause: unknown, version: string | undefined): void {
    const problems =
      cause instanceof PlanFileError
        ? cause.problems
        : [{ file: store.name, reason: cause instanceof Error ? cause.message : String(cause) }];
    if (JSON.stringify(error?.problems) === JSON.stringify(problems)) return;
    error = { at: new Date().toISOString(), problems };
    refused += 1;
    const reason = problems.map((problem) => problem.reason).join(" ");
    if (version !== undefined) for (const listener of refusals) listener({ version, reason });
    log.error({ problems, version: snapshot.version }, "routes file is wrong, the last good routes stay in force");
  }

  return {
    current: () => snapshot,
    text: () => ({ text, version: snapshot.version }),
    onChange: (listener) => void listeners.push(listener),
    onRefusal: (listener) => void refusals.push(listener),
    reloadError: () => error,
    loadedAt: () => loadedAt,
    reloads: () => ({ applied, refused }),
    close: () => {
      closed = true;
      unfollow();
    },
  };
}
