import { randomBytes } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { RoutesChangedMeanwhileError, RoutesNotWritableError } from "../errors.ts";

/**
 * Replaces a file's text in one step: whoever reads it sees the old text or the new one, never a part. Mode and, where it is a
 * link, the link stay. Throws RoutesChangedMeanwhileError when the file no longer holds `before`.
 */
export async function replaceFile(file: string, before: string, after: string): Promise<void> {
  const target = await realpath(file);
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomBytes(6).toString("hex")}`);
  try {
    await writeDurably(temporary, after, (await stat(target)).mode);
    if ((await readFile(target, "utf8")) !== before) throw new RoutesChangedMeanwhileError(file);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof RoutesChangedMeanwhileError ? error : new RoutesNotWritableError(file, error);
  }
}

// --- internal ---

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, "wx", mode);
  try {
    // `open` takes the umask off the mode.
    await handle.chmod(mode & 0o7777);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
