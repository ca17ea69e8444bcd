import type { StageAt } from "../../routes/change-stages.ts";
import { parseRoutes } from "../../routes/parse.ts";
import {
  identify,
  sealEntry,
  type AuditAction,
  type AuditedChange,
  type AuditEntry,
  type AuditNote,
  type ChainEnd,
  type TextStep,
} from "./entry.ts";
import { stepBetween, takeStep } from "./text-step.ts";

// How many entries may have to be replayed before one that carries the whole text.
const WHOLE_EVERY = 100;

/** A text as it was found in the store. */
export type Found = { text: string; at: Date; name: string };

export type TextChange = { before: string; after: string; at: Date };

export type LogEnd = {
  end: ChainEnd;
  /** The last entry; undefined in an empty log, or where its end is damaged. */
  last: AuditEntry | undefined;
};

/**
 * The entry that must stand before anything else may: the log begins with the text as it was found, and what got into the store
 * past the log is entered as seen from here, "edited outside". undefined when the log's end and the text agree.
 */
export function missingEntry({ end, last }: LogEnd, known: string | undefined, found: Found): AuditEntry | undefined {
  const { text, at, name } = found;
  const after = identify(text);
  if (last?.after.sha256 === after.sha256) return undefined;
  const first = end.seq === 0;
  const action: AuditAction = first ? "begin" : "edited outside";
  return sealEntry(end, {
    at: notBefore(last, at),
    actor: "outside",
    action,
    reason: first ? null : "noticed: the routes are not those of the entry before",
    forced: false,
    changes: changesBetween(known, text, name),
    before: last?.after ?? null,
    after,
    text: { whole: text },
  });
}

/** The text that the newest entries lead to, given newest first; undefined when the last whole text is not among them. */
export async function lastKnownText(newestFirst: AsyncIterable<AuditEntry>): Promise<string | undefined> {
  const steps: TextStep[] = [];
  for await (const { text } of newestFirst) {
    steps.push(text);
    if ("whole" in text) return steps.reduceRight<string | undefined>(takeStep, undefined);
    if (steps.length > WHOLE_EVERY) return undefined;
  }
  return undefined;
}

/** The entry of a change. */
export function entryFor({ end, last }: LogEnd, { before, after, at }: TextChange, note: AuditNote): AuditEntry {
  const whole = (end.seq + 1) % WHOLE_EVERY === 0;
  return sealEntry(end, {
    at: notBefore(last, at),
    actor: note.actor,
    action: note.action,
    reason: note.reason?.trim() || null,
    forced: note.forced ?? false,
    changes: [...note.changes],
    before: identify(before),
    after: identify(after),
    text: whole ? { whole: after } : stepBetween(before, after),
  });
}

// --- internal ---

// A clock that was set back does not make later entries earlier: what was in force at an instant is told by the order.
function notBefore(last: AuditEntry | undefined, at: Date): string {
  const now = at.toISOString();
  return last !== undefined && last.at > now ? last.at : now;
}

/** What became of the routes between two texts, as far as they can be read. */
function changesBetween(before: string | undefined, after: string, name: string): AuditedChange[] {
  const old = before === undefined ? new Map<string, StageAt>() : stagesOf(before, name);
  const now = stagesOf(after, name);
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((id) => ({ id, before: old.get(id) ?? null, after: now.get(id) ?? null }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}

function stagesOf(text: string, name: string): Map<string, StageAt> {
  try {
    const { routes } = parseRoutes(name, text);
    return new Map(
      routes.map(({ id, stage, share }) => [id, { stage, percent: stage === "canary" ? share / 100 : null }]),
    );
  } catch {
    return new Map();
  }
}
