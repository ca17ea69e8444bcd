import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { LogUnknownError } from "../errors.ts";
import { dataDirectoryOf } from "../postgres/place.ts";
import { findStackRecord } from "../state/stack-record.ts";
import { statePaths } from "../state/state-directory.ts";

export type Log = { name: string; file: string };

/** Every log of the stack, also of what has ended; `postgres` is the embedded server's. */
export async function listLogs(stateDirectory: string): Promise<Log[]> {
  const paths = statePaths(stateDirectory);
  const files = await readdir(paths.logs).catch(() => []);
  const ofProcesses = files
    .filter((file) => file.endsWith(".log"))
    .sort()
    .map((file) => ({ name: path.basename(file, ".log"), file: path.join(paths.logs, file) }));
  const record = await findStackRecord(paths);
  const home = record?.server.kind === "embedded" ? record.server.home : paths.postgres;
  const ofServer = { name: "postgres", file: path.join(dataDirectoryOf(home), "server.log") };
  return existsSync(ofServer.file) ? [...ofProcesses, ofServer] : ofProcesses;
}

/** The log of that name. Throws LogUnknownError, which names those that are there. */
export function getLog(logs: readonly Log[], name: string): Log {
  const log = logs.find((candidate) => candidate.name === name);
  if (!log)
    throw new LogUnknownError(
      name,
      logs.map((candidate) => candidate.name),
    );
  return log;
}
