import { readFile, rename, writeFile } from "node:fs/promises";
import { errorCode } from "@strangler/platform";

/** The file's value, or undefined when there is no such file. A reader never sees half a file, see writeJsonFile. */
export async function findJsonFile<Value>(file: string): Promise<Value | undefined> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as Value);
}

/** Replaces the file whole, readable by its owner only. */
export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
