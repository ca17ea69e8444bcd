import { watch, type FSWatcher } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { Logger } from "@strangler/platform";
import { RoutesChangedMeanwhileError } from "../../errors.ts";
import { readRoutesText } from "../../routes/read.ts";
import { replaceFile } from "../../routes/replace-file.ts";
import { entryFor, lastKnownText, missingEntry, type LogEnd } from "../audit/chain.ts";
import { identify, parseEntry, type AuditEntry, type AuditNote } from "../audit/entry.ts";
import { createReplicaFiles } from "../replicas/replica-files.ts";
import { appendLine, auditFileLines, auditFileOf, newestEntries, readLogEnd } from "./audit-file.ts";
import { withLock, type LockOptions } from "./lock-file.ts";
import type { RoutesStore } from "./routes-store.ts";

export type FileStoreOptions = {
  log?: Logger | undefined;
  /** How often the file is looked at in case its directory's events are lost, as on some mounts. */
  pollMs?: number;
  now?: () => Date;
  lock?: LockOptions;
};

// Editors and `rename` cause several events for one change; one read a little later sees the result of all of them.
const SETTLE_MS = 15;

/**
 * Routes in a file that people and programs edit. A change takes the lock beside it, compares, replaces the file by a rename, and
 * then enters it into the log. What is about to be entered stands in the lock meanwhile, so that a crash between the two loses
 * nothing: the next one who takes the lock enters it.
 */
export function createFileStore(file: string, options: FileStoreOptions = {}): RoutesStore {
  const { log, pollMs = 300, now = () => new Date(), lock = {} } = options;

  async function read() {
    const text = await readRoutesText(file);
    return { text, version: identify(text).version };
  }

  // A link keeps its log where it points to: whoever opens the file by another name finds the same one.
  async function places() {
    const target = await realpath(file).catch(() => file);
    const replicas = path.join(path.dirname(target), `.${path.basename(target)}.replicas`);
    return { audit: auditFileOf(target), lockFile: `${target}.lock`, replicas };
  }

  async function change(expectedVersion: string, newText: string, note: AuditNote): Promise<AuditEntry> {
    const { audit, lockFile } = await places();
    return withLock(
      lockFile,
      (journal) => finish(audit, journal),
      async (held) => {
        const { text, version } = await read();
        if (version !== expectedVersion) throw new RoutesChangedMeanwhileError(file);
        const entry = entryFor(await catchUp(audit, text), { before: text, after: newText, at: now() }, note);
        await held.note(JSON.stringify(entry));
        await replaceFile(file, text, newText);
        await enterOrTakeBack(audit, entry, text, newText);
        return entry;
      },
      lock,
    );
  }

  /** A change that cannot be entered, because the disk is full perhaps, is none. */
  async function enterOrTakeBack(audit: string, entry: AuditEntry, text: string, newText: string): Promise<void> {
    try {
      await appendLine(audit, JSON.stringify(entry));
    } catch (error) {
      await replaceFile(file, newText, text);
      throw error;
    }
  }

  /** What a dead writer was about to enter, if it got as far as to replace the file. */
  async function finish(audit: string, journal: string): Promise<void> {
    const entry = parseEntry(journal);
    if (entry === undefined) return;
    const { end } = await readLogEnd(audit);
    const { text } = await read();
    const happened = identify(text).sha256 === entry.after.sha256 && entry.previous === end.hash;
    if (happened) await appendLine(audit, journal);
  }

  /** Begins the log, or enters what got into the file past it. Answers the log's end. */
  async function catchUp(audit: string, text: string): Promise<LogEnd & { added: AuditEntry | undefined }> {
    const end = await readLogEnd(audit);
    if (end.last?.after.sha256 === identify(text).sha256) return { ...end, added: undefined };
    const known = await lastKnownText(newestEntries(audit));
    const entry = missingEntry(end, known, { text, at: now(), name: file });
    if (entry === undefined) return { ...end, added: undefined };
    await appendLine(audit, JSON.stringify(entry));
    return { end: entry, last: entry, added: entry };
  }

  async function noticeOutsideEdit(): Promise<AuditEntry | undefined> {
    const { audit, lockFile } = await places();
    // Nearly always there is nothing to enter, and then nobody need wait for the lock.
    const [{ last }, { text }] = [await readLogEnd(audit), await read()];
    if (last?.after.sha256 === identify(text).sha256) return undefined;
    const use = async () => (await catchUp(audit, (await read()).text)).added;
    return withLock(lockFile, (journal) => finish(audit, journal), use, lock);
  }

  return {
    name: file,
    kind: "file",
    read,
    follow: (lookAgain) => followFile(file, pollMs, log, lookAgain),
    change,
    noticeOutsideEdit,
    history: async ({ before = Number.POSITIVE_INFINITY, limit }) => {
      const found: AuditEntry[] = [];
      if (limit < 1) return found;
      for await (const entry of newestEntries((await places()).audit)) {
        if (entry.seq < before) found.push(entry);
        if (found.length >= limit) break;
      }
      return found;
    },
    auditLines: async function* () {
      yield* auditFileLines((await places()).audit);
    },
    replicas: createReplicaFiles(async () => (await places()).replicas),
    close: async () => undefined,
  };
}

// --- internal ---

function followFile(file: string, pollMs: number, log: Logger | undefined, lookAgain: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let seen: Fingerprint | undefined;
  let stopped = false;
  // Since when it has been written to without a pause.
  let restlessSince: number | undefined;

  function settle(afterMs: number): void {
    if (stopped) return;
    timer ??= setTimeout(() => void settled(), afterMs).unref();
  }

  async function settled(): Promise<void> {
    const found = await fingerprintOf(file);
    timer = undefined;
    restlessSince ??= Date.now();
    if (isBeingWritten(found, seen) && Date.now() - restlessSince < RESTLESS_MS) return settle(QUIET_MS);
    restlessSince = undefined;
    seen = found;
    if (!stopped) lookAgain();
  }

  // The directory is watched, not the file: a rename over the file would leave the watch on the one that is gone.
  const watcher = watchDirectory(file, log, () => settle(SETTLE_MS));
  const poll = setInterval(() => {
    void fingerprintOf(file).then((found) => {
      if (found.text !== seen?.text) settle(SETTLE_MS);
    });
  }, pollMs);
  poll.unref();
  // What happened between the first read and the watch's beginning.
  void fingerprintOf(file).then((found) => {
    seen ??= found;
    lookAgain();
  });
  return () => {
    stopped = true;
    clearInterval(poll);
    clearTimeout(timer);
    watcher?.close();
  };
}

// An editor that writes into the file, instead of renaming a new one over it, shows it half-written; and half a routes file may be a
// valid one, with fewer routes. So such a file is looked at when it has been left alone for a moment.
const QUIET_MS = 80;
const RESTLESS_MS = 2_000;

function isBeingWritten(found: Fingerprint, seen: Fingerprint | undefined): boolean {
  if (seen === undefined || found.ino === undefined || found.ino !== seen.ino) return false;
  return found.text !== seen.text && Date.now() - found.mtimeMs < QUIET_MS;
}

type Fingerprint = { text: string; ino: number | undefined; mtimeMs: number };

// stat follows links, so a ConfigMap's swapped directory link shows as another inode.
async function fingerprintOf(file: string): Promise<Fingerprint> {
  return stat(file).then(
    ({ ino, size, mtimeMs }) => ({ text: `${ino} ${size} ${mtimeMs}`, ino, mtimeMs }),
    () => ({ text: "gone", ino: undefined, mtimeMs: 0 }),
  );
}

function watchDirectory(file: string, log: Logger | undefined, changed: () => void): FSWatcher | undefined {
  const name = path.basename(file);
  try {
    const watcher = watch(path.dirname(file), { persistent: false }, (_event, changedName) => {
      if (changedName === null || changedName === name) changed();
    });
    watcher.on("error", (error) => log?.warn({ err: error }, "the routes file is only polled from now on"));
    return watcher;
  } catch (error) {
    log?.warn({ err: error }, "the routes file cannot be watched, it is only polled");
    return undefined;
  }
}
