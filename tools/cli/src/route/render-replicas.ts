import colors from "picocolors";
import { renderTable } from "../render-table.ts";
import type { Confirmation } from "./confirm-replicas.ts";

const PAINT = { applied: colors.green, refused: colors.red, behind: colors.yellow, silent: colors.dim };

/** What the replicas have said to a change: one line where there is one that has it in force, else a table. */
export function renderConfirmations(confirmations: readonly Confirmation[]): string {
  const [only] = confirmations;
  if (confirmations.length === 1 && only?.state === "applied") return `In force at the proxy after ${only.afterMs} ms.`;
  return renderReplicaTable(confirmations);
}

/** Every replica with its state. */
export function renderReplicaTable(confirmations: readonly Confirmation[]): string {
  if (confirmations.length === 0) return "No proxy follows these routes.";
  const rows = confirmations.map(({ host, pid, adminUrl, state, afterMs, reason }) => [
    adminUrl ?? `${host.split(" ")[0] ?? host} ${pid}`,
    PAINT[state](state),
    afterMs === null ? "" : `${afterMs} ms`,
    reason ?? "",
  ]);
  return renderTable(["replica", "", "after", "why"], rows, { right: [2] });
}
