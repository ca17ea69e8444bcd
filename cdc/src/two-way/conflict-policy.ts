// What happens when both sides have changed a row. The names are those of PostgreSQL 18 (its manual, chapter "Conflicts" of logical
// replication), where it only counts them and lets the source's version win.

/** What a change meets. `..._differs`: the row is not as the source knew it. `..._missing`: it is not there. */
export type ConflictKind = "insert_exists" | "update_differs" | "update_missing" | "delete_differs" | "delete_missing";

/** See the plan: `onConflict`. */
export type ConflictPolicy = "source-wins" | "target-wins" | "newest" | "park";

/** What is done about it. `newer`: the source's version if it was committed later than the target's. */
export type Resolution = "write" | "skip" | "newer" | "park";

/**
 * One table for both streams of a pair, so that both sides end alike. Of a row that is gone nobody knows when it went, so under
 * `newest` a delete wins on both sides.
 */
export const RESOLUTIONS: Readonly<Record<ConflictPolicy, Readonly<Record<ConflictKind, Resolution>>>> = {
  "source-wins": {
    insert_exists: "write",
    update_differs: "write",
    update_missing: "write",
    delete_differs: "write",
    delete_missing: "skip",
  },
  "target-wins": {
    insert_exists: "skip",
    update_differs: "skip",
    update_missing: "skip",
    delete_differs: "skip",
    delete_missing: "skip",
  },
  newest: {
    insert_exists: "newer",
    update_differs: "newer",
    update_missing: "skip",
    delete_differs: "write",
    delete_missing: "skip",
  },
  park: {
    insert_exists: "park",
    update_differs: "park",
    update_missing: "park",
    delete_differs: "park",
    delete_missing: "skip",
  },
};

/** Conflicts since the process began, by kind. */
export type ConflictCounts = Record<ConflictKind, number>;

export const NO_CONFLICTS: ConflictCounts = {
  insert_exists: 0,
  update_differs: 0,
  update_missing: 0,
  delete_differs: 0,
  delete_missing: 0,
};

/** The target's row that a change meets. */
export type MetRow = {
  exists: boolean;
  /** It is not as the source knew it; undefined where the log does not say how that was. */
  differs: boolean | undefined;
  /** It is as the change would leave it. */
  isSame: boolean;
  /** The stream itself has written it last; undefined where the server does not keep that. */
  isOurs: boolean | undefined;
};

/** What the change meets; undefined when there is no conflict. Pure. */
export function judgeConflict(op: "insert" | "update" | "delete", met: MetRow): ConflictKind | undefined {
  if (op === "insert") return met.exists && !met.isSame ? "insert_exists" : undefined;
  if (!met.exists) return op === "update" ? "update_missing" : "delete_missing";
  const differs = met.differs ?? met.isOurs === false;
  if (!differs || met.isSame) return undefined;
  return op === "update" ? "update_differs" : "delete_differs";
}

/** The policies of the two streams of a pair that bring both sides to the same end. Pure. */
export function agree(one: ConflictPolicy | undefined, other: ConflictPolicy | undefined): boolean {
  if (one === "source-wins") return other === "target-wins";
  if (one === "target-wins") return other === "source-wins";
  return one === other;
}
