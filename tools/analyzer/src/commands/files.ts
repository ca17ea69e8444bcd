import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigurationInvalidError, NotWritableError } from "../errors.ts";

/** Reads a file that a person keeps. Throws ConfigurationInvalidError where it cannot be read. */
export function readConfiguration(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new ConfigurationInvalidError(file, `the file cannot be read (${reason})`, null);
  }
}

/** Writes a file whole or not at all. Throws NotWritableError. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    throw new NotWritableError(file, error instanceof Error && "code" in error ? String(error.code) : "unknown reason");
  }
}
