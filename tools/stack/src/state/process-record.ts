import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { ProcessIdentity } from "../process/identity.ts";
import { findJsonFile, writeJsonFile } from "./json-file.ts";
import type { StatePaths } from "./state-directory.ts";

/** run/<name>.json: one process that was started and has not been stopped. */
export type ProcessRecord = {
  name: string;
  /** `process` is named in the plan; `stream` and others were started later. */
  kind: string;
  identity: ProcessIdentity;
  /** When it was started, ISO 8601. */
  startedAt: string;
  ports: Record<string, number>;
  /** Answers 200 when it is well. */
  healthUrl?: string;
  log: string;
};

export async function readProcessRecords(paths: StatePaths): Promise<ProcessRecord[]> {
  const files = await readdir(paths.run).catch(() => []);
  const records = await Promise.all(
    files
      .filter((file) => file.endsWith(".json"))
      .sort()
      .map((file) => findJsonFile<ProcessRecord>(path.join(paths.run, file))),
  );
  return records.filter((record) => record !== undefined);
}

export function findProcessRecord(paths: StatePaths, name: string): Promise<ProcessRecord | undefined> {
  return findJsonFile<ProcessRecord>(fileOf(paths, name));
}

export function saveProcessRecord(paths: StatePaths, record: ProcessRecord): Promise<void> {
  return writeJsonFile(fileOf(paths, record.name), record);
}

export function removeProcessRecord(paths: StatePaths, name: string): Promise<void> {
  return rm(fileOf(paths, name), { force: true });
}

// --- internal ---

function fileOf(paths: StatePaths, name: string): string {
  return path.join(paths.run, `${name}.json`);
}
