import { endProcess } from "./process/end.ts";
import { isSameProcess } from "./process/identity.ts";
import { spawnProgram } from "./process/spawn.ts";
import {
  findProcessRecord,
  removeProcessRecord,
  saveProcessRecord,
  type ProcessRecord,
} from "./state/process-record.ts";
import { openStateDirectory, statePaths } from "./state/state-directory.ts";

export type BackgroundProcess = {
  stateDirectory: string;
  /** Names its record and its log; `strangler status`, `logs` and `down` know it by this name. */
  name: string;
  /** What it is, for people: "stream". */
  kind: string;
  /** Absolute path of its entry file. */
  script: string;
  arguments?: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Its working directory. */
  directory: string;
  ports?: Readonly<Record<string, number>>;
  /** Answers 200 when it is well. */
  healthUrl?: string;
};

/**
 * Starts a program that belongs to the stack and outlives this process. Answers its record at once: whether it is well is for
 * the caller to wait for. One of that name that runs already is left alone and answered.
 * Throws ProcessDidNotStartError when it could not be started at all.
 */
export async function startBackgroundProcess(program: BackgroundProcess): Promise<ProcessRecord> {
  const paths = await openStateDirectory(program.stateDirectory);
  const kept = await findProcessRecord(paths, program.name);
  if (kept && isSameProcess(kept.identity)) return kept;
  const spawned = await spawnProgram(paths, { ...program, arguments: program.arguments ?? [] });
  spawned.release();
  const record: ProcessRecord = {
    name: program.name,
    kind: program.kind,
    identity: spawned.identity,
    startedAt: new Date().toISOString(),
    ports: { ...program.ports },
    ...(program.healthUrl === undefined ? {} : { healthUrl: program.healthUrl }),
    log: spawned.log,
  };
  await saveProcessRecord(paths, record);
  return record;
}

/** The process of that name, if it was started and has not been stopped; `running` is false when it has died since. */
export async function findBackgroundProcess(
  stateDirectory: string,
  name: string,
): Promise<(ProcessRecord & { running: boolean }) | undefined> {
  const record = await findProcessRecord(statePaths(stateDirectory), name);
  return record && { ...record, running: isSameProcess(record.identity) };
}

/** Asks it to end, waits, and forgets it. Answers whether it ran. */
export async function stopBackgroundProcess(stateDirectory: string, name: string): Promise<boolean> {
  const paths = statePaths(stateDirectory);
  const record = await findProcessRecord(paths, name);
  if (!record) return false;
  const ran = isSameProcess(record.identity);
  await endProcess(record.identity);
  await removeProcessRecord(paths, name);
  return ran;
}
