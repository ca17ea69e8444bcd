import { createHash } from "node:crypto";
import { z } from "zod";
import { STAGES } from "../../routes/stages.ts";

// The audit log is a chain: every entry carries the hash of the one before, and its own. A line is one entry, as the JSON of
// exactly the keys below in exactly this order; so what was hashed can be told from the line alone, in a file as in a table.

const stageAt = z.strictObject({ stage: z.enum(STAGES), percent: z.number().nullable() });
const textId = z.strictObject({
  /** As replicas report it: the first 12 hex digits of `sha256`. */
  version: z.string().regex(/^[0-9a-f]{12}$/),
  /** Of the whole text, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What became of the text: all of it, or the one place in which it differs from the text before, in UTF-16 units. */
const textStep = z.union([
  z.strictObject({ whole: z.string() }),
  z.strictObject({ at: z.int().min(0), removed: z.int().min(0), inserted: z.string() }),
]);

export const AUDIT_ACTIONS = ["begin", "set stages", "edit", "edited outside"] as const;

/** One entry of the audit log: who changed the routes when and why, and enough to make the text out of the one before. */
export const auditEntry = z.strictObject({
  seq: z.int().min(1).describe("Counts from 1, without a gap."),
  at: z.iso.datetime().describe("When it was entered, in UTC."),
  actor: z.string().describe("The operating system's user, a token's name, `watch`, or `outside`."),
  action: z.enum(AUDIT_ACTIONS),
  reason: z.string().nullable(),
  forced: z.boolean().describe("Whether a stage was jumped over."),
  changes: z.array(z.strictObject({ id: z.string(), before: stageAt.nullable(), after: stageAt.nullable() })),
  before: textId.nullable(),
  after: textId,
  text: textStep,
  previous: z.string().describe("The `hash` of the entry before; 64 zeros in the first."),
  hash: z.string().describe("SHA-256 of this entry's JSON without this field."),
});

export type AuditEntry = z.output<typeof auditEntry>;
export type TextId = z.output<typeof textId>;
export type TextStep = z.output<typeof textStep>;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];
/** A route's stage before and after; null where there was, or is, no such route. */
export type AuditedChange = AuditEntry["changes"][number];

/** What whoever changes the routes says of it; the store makes an entry out of it. */
export type AuditNote = {
  actor: string;
  action: AuditAction;
  reason?: string | undefined;
  forced?: boolean;
  changes: readonly AuditedChange[];
};

/** The end of a chain, to which the next entry is linked. */
export type ChainEnd = { seq: number; hash: string };

export const CHAIN_START: ChainEnd = { seq: 0, hash: "0".repeat(64) };

/** A text's identity: two replicas that report one version have the same routes. */
export function identify(text: string): TextId {
  const sha256 = sha256Of(text);
  return { version: sha256.slice(0, 12), sha256 };
}

/** Links an entry to the end of a chain. */
export function sealEntry(end: ChainEnd, content: Omit<AuditEntry, "seq" | "previous" | "hash">): AuditEntry {
  const { at, actor, action, reason, forced, changes, before, after, text } = content;
  const seq = end.seq + 1;
  const open = { seq, at, actor, action, reason, forced, changes, before, after, text, previous: end.hash };
  return { ...open, hash: sha256Of(JSON.stringify(open)) };
}

/** The entry of a line; undefined when the line is none, or is not written exactly as an entry is. */
export function parseEntry(line: string): AuditEntry | undefined {
  const parsed = auditEntry.safeParse(parseJson(line));
  return parsed.success && JSON.stringify(parsed.data) === line ? parsed.data : undefined;
}

/** Whether an entry's hash is that of its content. */
export function isSealed({ hash, ...open }: AuditEntry): boolean {
  return sha256Of(JSON.stringify(open)) === hash;
}

/** The end that a line makes. One that is no entry counts by its bytes, so that a log can go on after it was damaged. */
export function endOf(line: string, lineNumber: number): ChainEnd {
  const entry = parseEntry(line);
  return entry ? { seq: entry.seq, hash: entry.hash } : { seq: lineNumber, hash: sha256Of(line) };
}

// --- internal ---

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
