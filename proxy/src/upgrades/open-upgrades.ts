import type { Duplex } from "node:stream";
import { decideFor, type Decision } from "../decide.ts";
import type { RoutesSnapshot } from "../routes/parse.ts";
import type { Route } from "../routes/route.ts";
import type { Side } from "../traffic.ts";
import { createPlainCloser, createPoliteCloser, type Closer } from "./polite-close.ts";

/** A WebSocket that is open through the proxy. It stays with the side that was decided at its start. */
export type OpenUpgrade = {
  readonly route: string;
  readonly side: Side;
  readonly answeredBy: string;
  readonly because: Decision["because"];
  /** Of the customer; undefined where her stage did not ask for it. */
  readonly bucket: number | undefined;
  readonly socket: Duplex;
};

export type OpenUpgrades = {
  all: () => Iterable<OpenUpgrade>;
  /** Takes in an upgrade before anything is written to its socket. It leaves when its socket closes. */
  add: (upgrade: OpenUpgrade, route: Route | undefined) => void;
  /** Gives those that the new routes would send elsewhere the time of their route, and those that are right again no limit. */
  follow: (routes: RoutesSnapshot) => void;
  /** Ends those of a route that are not where new ones go. Answers how many. */
  drain: (route: string, routes: RoutesSnapshot) => number;
  closeAll: () => void;
};

/** WebSockets stay pinned to their side; where a route has a `drainMs`, a flip ends those of the old side after that time. */
export function createOpenUpgrades(): OpenUpgrades {
  const open = new Map<OpenUpgrade, Held>();

  function hurry(upgrade: OpenUpgrade, held: Held, route: Route | undefined): void {
    const drainMs = isLeftBehind(upgrade, route) ? route?.drainMs : undefined;
    if (drainMs === undefined) {
      clearTimeout(held.deadline);
      held.deadline = undefined;
    } else {
      held.deadline ??= setTimeout(held.close, drainMs).unref();
    }
  }

  return {
    all: () => open.keys(),
    add: (upgrade, route) => {
      const { socket } = upgrade;
      const close = route?.drainMs === undefined ? createPlainCloser(socket) : createPoliteCloser(socket);
      const held: Held = { close, deadline: undefined };
      open.set(upgrade, held);
      socket.once("close", () => {
        clearTimeout(held.deadline);
        open.delete(upgrade);
      });
    },
    follow: ({ routes }) => {
      if (open.size === 0) return;
      const byId = new Map(routes.map((route) => [route.id, route]));
      for (const [upgrade, held] of open) hurry(upgrade, held, byId.get(upgrade.route));
    },
    drain: (id, { routes }) => {
      const route = routes.find((each) => each.id === id);
      const left = [...open].filter(([upgrade]) => upgrade.route === id && isLeftBehind(upgrade, route));
      for (const [, { close }] of left) close();
      return left.length;
    },
    closeAll: () => {
      for (const { socket } of open.keys()) socket.destroy();
    },
  };
}

/**
 * Whether the same customer, if she connected now, would get another upstream. `route` is hers as it is now; undefined when it is
 * gone. What a tester chose stays chosen.
 */
export function isLeftBehind(upgrade: OpenUpgrade, route: Route | undefined): boolean {
  const { side, because, bucket, answeredBy } = upgrade;
  const override = because === "override" ? (side === "service" ? "always" : "never") : undefined;
  const now = decideFor(route, { method: "GET", bucket, override });
  // One that the monolith had because of her own write is right on either side.
  if (because === "own write" && now.side === "service") return false;
  return now.answeredBy !== answeredBy;
}

// --- internal ---

type Held = { close: Closer; deadline: NodeJS.Timeout | undefined };
