import type { Run, Snapshot } from "../run.ts";
import type { ArrivalKind } from "../schedule.ts";
import type { Scenario } from "../scenario/schema.ts";
import { describeMachine } from "./circumstances.ts";
import type { Client } from "./client.ts";
import { startClock } from "./clock.ts";
import { openDoor } from "./door.ts";
import { watchGarbageCollection } from "./garbage-collection.ts";
import { learn, type Learned } from "./learn.ts";
import { createRecorder, type Recorded } from "./recorder.ts";
import type { Premises } from "./visit.ts";

export type DriveOptions = {
  scenario: Scenario;
  baseUrl: string;
  /** Visitors per second. */
  rate: number;
  arrivals: ArrivalKind;
  seed: number;
  /** Visitors come for so long; until `stop` when absent. */
  durationMs?: number;
  /** Part of `{{unique}}`, so that two runs with one seed do not sign up the same person twice. */
  uniquePrefix: string;
  latenessLimitMs: number;
  /** Visitors who find so many others waiting are turned away. */
  maxVisitors: number;
  /** One visitor of each kind comes, instead of kinds drawn by weight; then the run ends. */
  oneOfEach?: boolean;
  commit?: string;
};

export type Drive = {
  snapshot: () => Snapshot;
  /** No visitor comes any more; those who are there finish their visit. */
  stop: () => void;
  /** When the last visitor has gone. */
  done: Promise<Run>;
};

/** Makes the setup requests, then lets visitors come as the schedule says, whatever the answers do. */
export async function startDrive(options: DriveOptions, client: Client): Promise<Drive> {
  const learned = await learn(options.scenario, client, options.seed);
  const garbageCollection = watchGarbageCollection();
  const queuedBefore = client.queued();
  const recorder = createRecorder();
  const clock = startClock();
  const startedAt = new Date();
  const premises: Premises = { scenario: options.scenario, client, clock, startedAt, recorder, setup: learned.setup };
  const door = openDoor(options, premises);
  return {
    snapshot: () => recorder.snapshot(clock.now()),
    stop: door.close,
    done: door.empty.then((durationMs) =>
      toRun(options, learned, startedAt, durationMs, recorder.close(durationMs), {
        queued: client.queued() - queuedBefore,
        garbageCollection: garbageCollection.close(),
      }),
    ),
  };
}

// --- internal ---

function toRun(
  options: DriveOptions,
  learned: Learned,
  startedAt: Date,
  durationMs: number,
  { lateness, ...recorded }: Recorded,
  generator: Pick<Run["generator"], "queued" | "garbageCollection">,
): Run {
  const { scenario, baseUrl, seed, arrivals: kind, rate, latenessLimitMs, commit } = options;
  return {
    scenario: scenario.name,
    baseUrl,
    seed,
    arrivals: kind,
    rate,
    startedAt: startedAt.toISOString(),
    durationMs,
    ...recorded,
    generator: { lateness, latenessLimitMs, ...generator },
    circumstances: { ...describeMachine(), dataSize: learned.dataSize, ...(commit === undefined ? {} : { commit }) },
  };
}
