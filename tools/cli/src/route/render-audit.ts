import type { AuditEntry } from "@strangler/proxy";
import colors from "picocolors";

type At = AuditEntry["changes"][number]["after"];

/** The log for a person: a line for each entry, and one below it for each route and for the reason. */
export function renderAudit(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return "Nothing has been entered yet.";
  return entries.map(renderEntry).join("\n");
}

// --- internal ---

/** A log's beginning names every route; the first few tell enough. */
const MOST_CHANGES = 8;

function renderEntry({ seq, at, actor, action, reason, forced, changes, after }: AuditEntry): string {
  const head = `${String(seq).padStart(4)}  ${at.slice(0, 19)}Z  ${actor}  ${action}${forced ? " (forced)" : ""}`;
  const shown = changes
    .slice(0, MOST_CHANGES)
    .map(({ id, before, after: now }) => `${id}  ${word(before)} -> ${word(now)}`);
  const more = changes.length > MOST_CHANGES ? [`and ${changes.length - MOST_CHANGES} more`] : [];
  const why = reason === null ? [] : [`"${reason}"`];
  const below = [...shown, ...more, ...why].map((line) => `      ${line}`);
  return [`${head}  ${colors.dim(after.version)}`, ...below].join("\n");
}

function word(at: At): string {
  if (at === null) return "none";
  return at.stage === "canary" ? `canary ${at.percent} %` : at.stage;
}
