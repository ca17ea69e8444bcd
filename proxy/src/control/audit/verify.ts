import { CHAIN_START, endOf, identify, isSealed, parseEntry, type AuditEntry, type ChainEnd } from "./entry.ts";
import { takeStep } from "./text-step.ts";

export type AuditFault = {
  /** 1-based; one more than there are lines when something is missing at the end. */
  line: number;
  reason: string;
};

export type AuditVerdict = {
  entries: number;
  /** Where the chain ends: what is noted elsewhere to find out later that the end was cut off. */
  end: ChainEnd;
  faults: AuditFault[];
};

export type Expectations = {
  /** An end that this log is known to have had. */
  knownEnd?: ChainEnd | undefined;
  /** The routes as they stand now. */
  currentText?: string | undefined;
};

// A log that is wrong from top to bottom is told of in a few lines.
const MOST_FAULTS = 20;

/**
 * Follows the chain from its first line. Every change, removal, insertion or reordering of entries breaks a link; one at the end
 * shows only against something from outside the log: an end that was noted before, or the routes as they stand.
 */
export async function verifyAudit(
  lines: AsyncIterable<string>,
  { knownEnd, currentText }: Expectations = {},
): Promise<AuditVerdict> {
  const faults: AuditFault[] = [];
  const complain = (line: number, reason: string) =>
    void (faults.length < MOST_FAULTS && faults.push({ line, reason }));
  let end = CHAIN_START;
  let count = 0;
  let text: string | undefined;
  let knownSeen = knownEnd === undefined || knownEnd.seq === 0;

  for await (const line of lines) {
    count += 1;
    const entry = parseEntry(line);
    if (entry === undefined) complain(count, "is no entry, or was rewritten");
    else {
      for (const reason of findFaults(entry, end, text)) complain(count, reason);
      text = textAfter(entry, text);
      if (entry.seq === knownEnd?.seq) knownSeen = entry.hash === knownEnd.hash;
    }
    end = endOf(line, count);
  }
  if (!knownSeen && knownEnd) complain(count + 1, `entry ${knownEnd.seq}, known from elsewhere, is gone or another`);
  if (currentText !== undefined && faults.length === 0 && text !== currentText) {
    complain(count + 1, "the routes as they stand are not those of the last entry");
  }
  return { entries: count, end, faults };
}

// --- internal ---

function findFaults(entry: AuditEntry, end: ChainEnd, text: string | undefined): string[] {
  const faults = [];
  if (!isSealed(entry)) faults.push("has another hash than its content: it was changed");
  if (entry.previous !== end.hash)
    faults.push("does not follow the entry before: something was changed, removed or put in");
  if (entry.seq !== end.seq + 1) faults.push(`is number ${entry.seq}, where ${end.seq + 1} belongs`);
  if (faults.length === 0 && textAfter(entry, text) === undefined)
    faults.push("does not lead to the text that it names");
  return faults;
}

function textAfter(entry: AuditEntry, text: string | undefined): string | undefined {
  try {
    const after = takeStep(text, entry.text);
    return identify(after).sha256 === entry.after.sha256 ? after : undefined;
  } catch {
    return undefined;
  }
}
