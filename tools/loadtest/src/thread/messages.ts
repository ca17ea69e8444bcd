import type { DriveOptions } from "../drive/drive.ts";
import type { SetupFailure } from "../errors.ts";
import type { Run, Snapshot } from "../run.ts";

export type StartOptions = DriveOptions & { connections: number; timeoutMs: number };

/** What the caller's thread asks of the generator's. `load` numbers the loads of one generator. */
export type Question =
  | { load: number; ask: "start"; options: StartOptions }
  | { load: number; ask: "snapshot" }
  | { load: number; ask: "stop" }
  | { ask: "close" };

/** What it hears back. Each load starts or is refused, answers snapshots in the order they were asked, and is done once. */
export type Reply =
  | { load: number; reply: "started" }
  | { load: number; reply: "refused"; facts: SetupFailure }
  | { load: number; reply: "snapshot"; snapshot: Snapshot }
  | { load: number; reply: "done"; run: Run };
