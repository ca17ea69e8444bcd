import type { BeginMessage, RowMessage } from "../capture/pgoutput.ts";
import type { Batch } from "../apply/batch.ts";
import type { FollowedTable } from "../apply/followed-table.ts";

/** Finds rows that both sides have changed, and decides whose version stays. Both lock the rows they look at. */
export type Conflicts = {
  /** Whether any row of the batch is not as the source knew it when it changed it. */
  isAnyIn: (batch: Batch) => Promise<boolean>;
  /** Whether this change may be written; counts and logs what it decides. Throws ConflictParkedError where the policy is to park. */
  mayWrite: (message: RowMessage, table: FollowedTable, begin: BeginMessage | undefined) => Promise<boolean>;
};
