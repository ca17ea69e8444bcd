// Changes the routes file as a writer does that is killed before it has entered the change: it notes in the lock what it is about
// to enter, replaces the file, and then waits for its end.
import { readFile } from "node:fs/promises";
import { entryFor } from "../../src/control/audit/chain.ts";
import { auditFileOf, readLogEnd } from "../../src/control/store/audit-file.ts";
import { withLock } from "../../src/control/store/lock-file.ts";
import { planStages } from "../../src/routes/change-stages.ts";
import { replaceFile } from "../../src/routes/replace-file.ts";

const file = process.argv[2] ?? "";
const before = await readFile(file, "utf8");
const { text: after } = planStages(file, before, { selectors: ["items"], stage: "canary", percent: 7 });

await withLock(
  `${file}.lock`,
  async () => undefined,
  async (held) => {
    const note = { actor: "os:the-dead", action: "set stages" as const, changes: [] };
    const entry = entryFor(await readLogEnd(auditFileOf(file)), { before, after, at: new Date() }, note);
    await held.note(JSON.stringify(entry));
    await replaceFile(file, before, after);
    process.stdout.write("the file is new\n");
    await new Promise(() => setInterval(() => undefined, 1_000));
  },
);
