import type { AuditEntry } from "../../audit/entry.ts";
import { drawChanges } from "../change-list.ts";
import { moment } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { pageUrl } from "../paths.ts";
import { badge } from "../verdict.ts";

export type AuditLogView = {
  /** Newest first. */
  entries: readonly AuditEntry[];
  /** What following the whole chain has shown; undefined when nobody has asked for it. */
  verdict: { entries: number; faults: readonly string[] } | undefined;
  /** Whether there are older ones. */
  more: boolean;
};

/** Who changed the routes, when and why, and whether the log is whole. */
export function auditPage({ entries, verdict, more }: AuditLogView): Page {
  const oldest = entries.at(-1);
  const main = html`<h1>Audit log</h1>
    <p class="lead">Every change of the routes, never rewritten: each entry carries the hash of the one before.</p>
    ${verdict ? drawVerdict(verdict) : html`<p><a href="${pageUrl("/audit", { verify: "yes" })}">Follow the whole chain</a></p>`}
    ${entries.length === 0 ? html`<p class="empty">No entries.</p>` : entryTable(entries)}
    ${more && oldest && html`<p><a href="${pageUrl("/audit", { before: oldest.seq })}">Older entries</a></p>`}`;
  return { title: "Audit log", section: "/audit", main, live: false };
}

// --- internal ---

function drawVerdict({ entries, faults }: NonNullable<AuditLogView["verdict"]>): Html {
  if (faults.length === 0)
    return html`<p role="status">${badge("good", "✓", `whole: all ${entries} entries follow each other`)}</p>`;
  return html`<div class="warning" role="alert">
    <p><b>The log is not whole.</b></p>
    <ul>
      ${faults.map((fault) => html`<li>${fault}</li>`)}
    </ul>
  </div>`;
}

function entryTable(entries: readonly AuditEntry[]): Html {
  return html`<table class="audit">
    <thead>
      <tr>
        <th scope="col" class="figure">No.</th>
        <th scope="col">When (UTC)</th>
        <th scope="col">Who</th>
        <th scope="col">What</th>
        <th scope="col">Why</th>
        <th scope="col">Routes after</th>
      </tr>
    </thead>
    <tbody>
      ${entries.map(entryRow)}
    </tbody>
  </table>`;
}

function entryRow({ seq, at, actor, action, changes, reason, forced, after, hash }: AuditEntry): Html {
  return html`<tr id="entry-${seq}">
    <td class="figure" data-label="No.">${seq}</td>
    <td data-label="When (UTC)"><time datetime="${at}">${moment(at)}</time></td>
    <td data-label="Who">${actor}</td>
    <td data-label="What">
      <span class="changes"
        >${changes.length === 0 || action === "begin" ? action : drawChanges(changes)}
        ${forced && badge("warn", "!", "forced")}</span
      >
    </td>
    <td data-label="Why">${reason ?? "–"}</td>
    <td data-label="Routes after"><code title="entry ${hash}">${after.version}</code></td>
  </tr>`;
}
