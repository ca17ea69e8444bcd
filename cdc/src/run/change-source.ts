import type { LogPositions } from "../capture/log-reader.ts";
import type { PgoutputMessage } from "../capture/pgoutput.ts";
import type { StoredPosition } from "../apply/position-store.ts";
import type { Lsn } from "../postgres/lsn.ts";

/**
 * Where a stream's changes come from: a slot's log (capture/open-log.ts), or a broker's topics. Whatever it is, it speaks in the
 * messages of the log: a relation before its first row, then begin, rows, commit, one whole transaction after the other in commit order.
 */
export type ChangeSource = {
  /** Everything before it is durable on the target, and may be forgotten. */
  confirm: (applied: Lsn) => void;
  pause: () => void;
  resume: () => void;
  positions: () => LogPositions;
  /** Rejects when it breaks off; resolves after `close`. */
  ended: Promise<void>;
  close: () => Promise<void>;
};

export type ChangeListener = {
  onMessage: (message: PgoutputMessage) => void;
  /** Everything committed before it has been told. */
  onHorizon: (position: Lsn) => void;
  /** Whether more waits than the target takes at once, so that there is no hurry. */
  isBehind?: (() => boolean) | undefined;
};

/** Opens a source at the position that is stored in the target. */
export type OpenChanges = (
  from: Pick<StoredPosition, "applied" | "cursor">,
  listener: ChangeListener,
) => Promise<ChangeSource>;
