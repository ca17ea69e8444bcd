// What can be done to a stream, by kind: each is one disturbance under load, after which everything is there again.
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "./stage.ts";

export const KINDS = ["stream", "source", "target", "network", "target-disk", "spool-disk", "mixed"] as const;
export type Kind = (typeof KINDS)[number];

export type Needs = {
  /** The target's data lies on a small disk. */
  targetDisk: boolean;
  /** What the stream keeps on disk does. */
  spoolDisk: boolean;
  /** Some transactions are so large that they are sent before they are committed. */
  large: boolean;
};

export function needsOf(kind: Kind): Needs {
  return { targetDisk: kind === "target-disk", spoolDisk: kind === "spool-disk", large: kind !== "target-disk" };
}

/** Does it once. */
export function disturb(kind: Kind, stage: Stage): Promise<void> {
  return DISTURBANCES[kind](stage);
}

// --- internal ---

const DISTURBANCES: Readonly<Record<Kind, (stage: Stage) => Promise<void>>> = {
  // Every other one is given time to follow; the rest are killed wherever they are by then.
  stream: async ({ stream }) => {
    await stream.killAndRestart();
    if (Math.random() < 0.5) await stream.follows();
  },
  source: ({ source }) => source.killAndRestart(),
  target: ({ target }) => target.killAndRestart(),
  network: ({ toSource, toTarget }) => {
    const network = Math.random() < 0.5 ? toSource : toTarget;
    const ms = 100 + Math.random() * 1_500;
    const bad = [
      () => Promise.resolve(network.cut()),
      () => network.stall(ms),
      () => network.trickle(ms),
      () => network.refuse(ms),
    ];
    return pick(bad)();
  },
  "target-disk": ({ target }) => target.fillDisk(200 + Math.random() * 1_000),
  "spool-disk": async ({ spool }) => spool?.fill(200 + Math.random() * 1_000),
  // Two at a time, as misfortunes come.
  mixed: async (stage) => {
    const first = disturb(pick(MIXED), stage);
    await pause(Math.random() * 300);
    const second = pick(MIXED);
    await first;
    await disturb(second, stage);
  },
};

const MIXED: readonly Kind[] = ["stream", "source", "target", "network"];

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}
