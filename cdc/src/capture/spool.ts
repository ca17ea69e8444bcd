// Where the messages of a transaction wait that may not be told yet. The last of them are in memory, the rest in a file: so a small
// transaction needs no disk, and one of any size needs no more memory than a small one. What is here can always be had again from
// the source, so nothing is flushed, and the file has no name: it is unlinked while it is still empty, and the system takes it back
// when the process ends, however it ends.
//
// A message is kept as four bytes of length and then itself. None lies partly in the file and partly in memory.

import { mkdtemp, open, readdir, rm, rmdir, stat, unlink, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { SpoolError } from "./errors.ts";

export type Spool = {
  /** Keeps a message: `letter`, then `bytes[start..end)`. */
  add: (letter: number, bytes: Buffer, start: number, end: number) => void;
  /** Bytes kept; also the place of the next message. */
  length: () => number;
  /** Forgets everything from `place` on. */
  cutBack: (place: number) => void;
  /** The messages in their order, in pieces that are never overwritten; each piece holds whole messages. Nothing may be added meanwhile. */
  pieces: () => AsyncGenerator<Buffer, void>;
  /** Gives memory and disk back. */
  remove: () => Promise<void>;
};

export type SpoolOptions = {
  /** The folder on whose disk the file lies; the system's folder for passing files if not given. */
  folder?: string;
  /** Called with the change whenever bytes begin or cease to wait for the disk. */
  onPending: (bytes: number) => void;
  /** Called when the disk takes no more. The spool is then good for nothing. */
  onFailure: (error: Error) => void;
};

/** Calls `take` with where each message of a piece lies. */
export function eachMessage(piece: Buffer, take: (bytes: Buffer, start: number, end: number) => void): void {
  for (let at = 0; at < piece.length;) {
    const end = at + LENGTH_BYTES + piece.readUInt32BE(at);
    take(piece, at + LENGTH_BYTES, end);
    at = end;
  }
}

export function createSpool({ folder = tmpdir(), onPending, onFailure }: SpoolOptions): Spool {
  let file: FileHandle | undefined;
  /** What has been handed to the disk; `tail` follows there. */
  let flushed = 0;
  let tail = Buffer.allocUnsafeSlow(SMALLEST_TAIL);
  let used = 0;
  let work: Promise<void> = Promise.resolve();
  /** Why nothing more can be read or written. */
  let broken: Error | undefined;

  function makeRoom(size: number): void {
    if (used + size <= tail.length) return;
    if (used + size <= LARGEST_TAIL) {
      const larger = Buffer.allocUnsafeSlow(Math.min(LARGEST_TAIL, Math.max(tail.length * 2, used + size)));
      tail.copy(larger, 0, 0, used);
      tail = larger;
      return;
    }
    flush();
    tail = Buffer.allocUnsafeSlow(Math.max(LARGEST_TAIL, size));
  }

  function flush(): void {
    if (used === 0) return;
    const bytes = tail.subarray(0, used);
    const place = flushed;
    flushed += used;
    used = 0;
    onPending(bytes.length);
    work = work.then(() => write(bytes, place)).finally(() => onPending(-bytes.length));
    work.catch(() => undefined);
  }

  // One after the other, so that what was cut back is overwritten by what came later and not the other way round.
  async function write(bytes: Buffer, place: number): Promise<void> {
    if (broken !== undefined) return;
    try {
      file ??= await openNameless(folder);
      for (let done = 0; done < bytes.length;) {
        done += (await file.write(bytes, done, bytes.length - done, place + done)).bytesWritten;
      }
    } catch (cause) {
      broken = new SpoolError(folder, cause);
      onFailure(broken);
    }
  }

  async function* pieces(): AsyncGenerator<Buffer, void> {
    await work;
    for (let place = 0; place < flushed;) {
      if (broken !== undefined || file === undefined) throw broken ?? new Error("The spool is closed.");
      const piece = await readPiece(file, place, flushed);
      place += piece.length;
      yield piece;
    }
    if (broken !== undefined) throw broken;
    if (used > 0) yield tail.subarray(0, used);
  }

  return {
    add(letter, bytes, start, end) {
      const size = LENGTH_BYTES + 1 + end - start;
      makeRoom(size);
      tail.writeUInt32BE(size - LENGTH_BYTES, used);
      tail[used + LENGTH_BYTES] = letter;
      bytes.copy(tail, used + LENGTH_BYTES + 1, start, end);
      used += size;
    },
    length: () => flushed + used,
    cutBack(place) {
      used = place >= flushed ? Math.min(used, place - flushed) : 0;
      flushed = Math.min(flushed, place);
    },
    pieces,
    async remove() {
      broken ??= new Error("The spool was removed.");
      await work;
      await file?.close();
      file = undefined;
      tail = Buffer.alloc(0);
    },
  };
}

/** Removes what a process left behind that was killed between making a file and unlinking it: at most empty folders and files. */
export async function sweepSpools(folder = tmpdir()): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const found = await stat(path.join(folder, name)).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < DEAD_AFTER_MS) continue;
    // Somebody else's are theirs to remove.
    await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

// --- internal ---

const LENGTH_BYTES = 4;
const SMALLEST_TAIL = 4 * 1024;
const LARGEST_TAIL = 256 * 1024;
const PREFIX = "strangler-spool-";
const DEAD_AFTER_MS = 60_000;

// The folder is nobody else's to enter (mkdtemp makes it 0700), so nobody can put a link in the file's place.
async function openNameless(parent: string): Promise<FileHandle> {
  const folder = await mkdtemp(path.join(parent, PREFIX));
  const name = path.join(folder, "transaction");
  const file = await open(name, "wx+", 0o600);
  await unlink(name);
  await rmdir(folder);
  return file;
}

/** As many whole messages from `place` on as a piece may hold, and one at least. */
async function readPiece(file: FileHandle, place: number, end: number): Promise<Buffer> {
  let bytes = await readFully(file, place, Math.min(LARGEST_TAIL, end - place));
  const first = LENGTH_BYTES + bytes.readUInt32BE(0);
  if (first > bytes.length) bytes = await readFully(file, place, first);
  let whole = 0;
  while (whole + LENGTH_BYTES <= bytes.length) {
    const next = whole + LENGTH_BYTES + bytes.readUInt32BE(whole);
    if (next > bytes.length) break;
    whole = next;
  }
  return bytes.subarray(0, whole);
}

async function readFully(file: FileHandle, place: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, place + done);
    if (bytesRead === 0) throw new Error(`The spool ends at ${place + done} instead of ${place + length}.`);
    done += bytesRead;
  }
  return bytes;
}
