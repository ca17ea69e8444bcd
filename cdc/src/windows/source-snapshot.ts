/** What a snapshot of the source sees, as pg_current_snapshot() writes it; transactions by their whole (64-bit) numbers. */
export type SourceSnapshot = {
  /** All lower ones have ended. */
  xmin: number;
  /** None from here on had ended. */
  xmax: number;
  /** Those between that had not ended. */
  running: readonly number[];
};

/** Reads "xmin:xmax:xip,xip". Throws RangeError for anything else. */
export function parseSnapshot(text: string): SourceSnapshot {
  const match = /^(\d+):(\d+):([\d,]*)$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a snapshot; it should look like "10:20:10,14".`);
  const [, xmin, xmax, running = ""] = match;
  return {
    xmin: Number(xmin),
    xmax: Number(xmax),
    running: running === "" ? [] : running.split(",").map(Number),
  };
}
