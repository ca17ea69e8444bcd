import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entryFor, missingEntry, type LogEnd } from "../../src/control/audit/chain.ts";
import { CHAIN_START, parseEntry, type AuditEntry } from "../../src/control/audit/entry.ts";
import { stepBetween, takeStep } from "../../src/control/audit/text-step.ts";
import { verifyAudit } from "../../src/control/audit/verify.ts";

const AT = new Date("2026-03-01T12:00:00.000Z");

describe("the audit log", () => {
  test("as it was written is without fault, and says where it ends", async () => {
    const { lines, entries, text } = log(20);

    const verdict = await verifyAudit(each(lines), { currentText: text });

    expect(verdict).toEqual({ entries: 20, end: { seq: 20, hash: entries.at(-1)?.hash }, faults: [] });
  });

  test("shows every change of any character", async () => {
    const { lines } = log(8);
    const whole = lines.join("\n");
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.string({ minLength: 1, maxLength: 1 }), async (at, other) => {
        fc.pre(whole[at] !== other && whole[at] !== "\n" && other !== "\n");
        const tampered = `${whole.slice(0, at)}${other}${whole.slice(at + 1)}`;

        expect((await verifyAudit(each(tampered.split("\n")))).faults).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("shows entries taken out, put in twice, and put in another order, wherever", async () => {
    const { lines, entries } = log(8);
    const knownEnd = entries.at(-1);
    for (let at = 0; at < lines.length; at += 1) {
      const [one = "", next = ""] = lines.slice(at, at + 2);
      const without = lines.toSpliced(at, 1);
      const twice = lines.toSpliced(at, 0, one);
      expect((await verifyAudit(each(without), { knownEnd })).faults).not.toEqual([]);
      expect((await verifyAudit(each(twice), { knownEnd })).faults).not.toEqual([]);
      if (next !== "") {
        const swapped = lines.toSpliced(at, 2, next, one);
        expect((await verifyAudit(each(swapped), { knownEnd })).faults).not.toEqual([]);
      }
    }
  });

  test("whose end was cut off, or rewritten with right hashes, shows against an end that was noted elsewhere", async () => {
    const { lines, entries, text } = log(8);
    const forged = log(8, "os:somebody-else");
    const knownEnd = entries[5];

    expect((await verifyAudit(each(lines.slice(0, 5)))).faults).toEqual([]);
    expect((await verifyAudit(each(lines.slice(0, 5)), { knownEnd })).faults).toHaveLength(1);
    expect((await verifyAudit(each(forged.lines), { knownEnd })).faults).toHaveLength(1);
    expect((await verifyAudit(each([]), { knownEnd })).faults).toHaveLength(1);
    // Without one, the routes as they stand still tell of an end that is missing.
    expect((await verifyAudit(each(lines.slice(0, 5)), { currentText: text })).faults).toHaveLength(1);
  });

  test("says in which line it was tampered with", async () => {
    const { lines } = log(8);
    const tampered = lines.with(3, (lines[3] ?? "").replace("os:anna", "os:bert"));

    const { faults } = await verifyAudit(each(tampered));

    expect(faults[0]).toEqual({ line: 4, reason: "has another hash than its content: it was changed" });
  });

  test("goes on behind a damaged end, and the damage stays visible", async () => {
    const { lines, text } = log(3);
    const damaged = lines.with(2, "garbage");
    const end: LogEnd = { end: { seq: 3, hash: "0".repeat(64) }, last: undefined };
    const next = missingEntry(end, undefined, { text, at: AT, name: "routes.yaml" });

    const { faults } = await verifyAudit(each([...damaged, JSON.stringify(next)]));

    expect(faults[0]?.line).toBe(3);
  });
});

test("a step leads from any text to any other, and back from where it came nothing is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
      const step = stepBetween(before, after);
      // As it is after a journey through a log.
      expect(takeStep(before, JSON.parse(JSON.stringify(step)) as typeof step)).toBe(after);
    }),
  );
});

// --- internal ---

/** A log of so many entries, each of which changes a word of the text. */
function log(count: number, actor = "os:anna"): { lines: string[]; entries: AuditEntry[]; text: string } {
  let text = "services: {}\nroutes: []\n";
  let end: LogEnd = { end: CHAIN_START, last: undefined };
  const entries: AuditEntry[] = [];
  const keep = (entry: AuditEntry | undefined) => {
    if (entry === undefined) return;
    entries.push(entry);
    end = { end: entry, last: entry };
  };
  keep(missingEntry(end, undefined, { text, at: AT, name: "routes.yaml" }));
  while (entries.length < count) {
    const after = `${text}# ${entries.length}\n`;
    keep(entryFor(end, { before: text, after, at: AT }, { actor, action: "edit", changes: [] }));
    text = after;
  }
  const lines = entries.map((entry) => JSON.stringify(entry));
  expect(lines.map(parseEntry)).toEqual(entries);
  return { lines, entries, text };
}

async function* each(lines: readonly string[]): AsyncIterable<string> {
  yield* lines;
}
