import type { AuditedChange, AuditEntry } from "../audit/entry.ts";
import { ago, moment } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { Mark } from "./plot.ts";
import { routeUrl } from "./paths.ts";
import { describeStage } from "./stage-track.ts";

/** The entries in which routes changed their stage, of one route or of all. */
export function flipsIn(audit: readonly AuditEntry[], route?: string): AuditEntry[] {
  return audit
    .filter(({ action }) => action !== "begin")
    .map((entry) => ({ ...entry, changes: entry.changes.filter(({ id }) => route === undefined || id === route) }))
    .filter(({ changes }) => changes.length > 0);
}

/** The same as marks on the axis of time. */
export function marksOf(flips: readonly AuditEntry[]): Mark[] {
  return flips.map(({ at, changes }) => ({ at: Date.parse(at), label: changes.map(textOf).join(", ") }));
}

/** Who changed what, when and why: newest first. */
export function drawFlips(flips: readonly AuditEntry[], now: number): Html {
  if (flips.length === 0) return html`<p class="empty">No flips yet.</p>`;
  return html`<ol class="flips">
    ${flips.map(
      ({ at, changes, actor, reason }) =>
        html`<li>
          <time datetime="${at}" title="${moment(at)} UTC">${ago(at, now)}</time>
          <span class="changes">${drawChanges(changes)}</span>
          <span class="by">${actor}${reason !== null && html`: ${reason}`}</span>
        </li>`,
    )}
  </ol>`;
}

/** The changes of one entry; of many only the first. */
export function drawChanges(changes: readonly AuditedChange[]): Html {
  const more = changes.length - MOST_CHANGES;
  return html`${changes.slice(0, MOST_CHANGES).map(drawChange)}${more > 0 && html`<span>and ${more} more</span>`}`;
}

// --- internal ---

const MOST_CHANGES = 8;

function drawChange({ id, before, after }: AuditedChange): Html {
  return html`<span class="change"
    ><a href="${routeUrl(id)}">${id}</a> ${before ? describeStage(before) : "new"} <span aria-hidden="true">→</span
    ><span class="unseen"> to </span> <b>${after ? describeStage(after) : "gone"}</b></span
  >`;
}

function textOf({ id, after }: AuditedChange): string {
  return `${id} to ${after ? describeStage(after) : "nothing"}`;
}
