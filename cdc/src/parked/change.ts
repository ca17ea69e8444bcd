import type { RowMessage } from "../capture/pgoutput.ts";
import type { FollowedTable } from "../apply/followed-table.ts";

/** A change of a source transaction, with the target tables that it reaches. */
export type Change =
  | { kind: "row"; message: RowMessage; tables: readonly FollowedTable[] }
  | { kind: "truncate"; tables: readonly FollowedTable[] };
