import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { PurgeNotConfirmedError } from "./errors.ts";
import { dataDirectoryOf } from "./postgres/place.ts";
import { dropCreated } from "./postgres/own-server.ts";
import { stopEmbeddedServer } from "./postgres/stop-embedded-server.ts";
import { endForgottenProcesses, endProcess } from "./process/end.ts";
import { isSameProcess } from "./process/identity.ts";
import { serverOf } from "./stack-server.ts";
import { withStackLock } from "./state/lock.ts";
import { readProcessRecords, removeProcessRecord, type ProcessRecord } from "./state/process-record.ts";
import { findSecrets } from "./state/secrets.ts";
import { findStackRecord, type OwnServer, type StackRecord } from "./state/stack-record.ts";
import { removeStateDirectory, statePaths, type StatePaths } from "./state/state-directory.ts";

export type StopRequest = {
  stateDirectory: string;
  /** Also removes data, secrets and logs, and what was made on a server of the user's own. */
  purge: boolean;
  /** Asked before anything is dropped on a server of the user's own; the default says no. */
  confirm?: ((at: string, names: readonly string[]) => Promise<boolean>) | undefined;
  onProgress?: ((line: string) => void) | undefined;
};

export type Stopped = {
  /** Names of the processes that ran and were ended, in that order; `postgres` is the embedded server. */
  stopped: string[];
};

/** Ends everything in reverse order of its start, also what was started later and what an interrupted `up` has left. */
export async function stopStack({ stateDirectory, purge, confirm, onProgress }: StopRequest): Promise<Stopped> {
  const paths = statePaths(stateDirectory);
  const say = onProgress ?? (() => undefined);
  if (!existsSync(paths.directory)) return { stopped: [] };
  const record = await findStackRecord(paths);
  if (purge && record?.server.kind === "own") await assertConfirmed(record.server, confirm);
  return withStackLock(paths, async () => {
    const stopped = await endRecorded(paths, say);
    await endForgottenProcesses(paths.directory, []);
    for (const home of homesOf(paths, record)) {
      if (await stopEmbeddedServer(dataDirectoryOf(home))) stopped.push("postgres");
    }
    if (purge) await removeEverything(paths, record, say);
    return { stopped };
  });
}

// --- internal ---

async function assertConfirmed(server: OwnServer, confirm: StopRequest["confirm"]): Promise<void> {
  const names = [...server.created.databases, ...server.created.roles];
  if (names.length === 0) return;
  const yes = (await confirm?.(server.at, names)) ?? false;
  if (!yes) throw new PurgeNotConfirmedError(server.at, names);
}

async function endRecorded(paths: StatePaths, say: (line: string) => void): Promise<string[]> {
  const records = (await readProcessRecords(paths)).sort(lastStartedFirst);
  const stopped: string[] = [];
  for (const { name, identity } of records) {
    if (isSameProcess(identity)) {
      say(`Stopping ${name}`);
      await endProcess(identity);
      stopped.push(name);
    }
    await removeProcessRecord(paths, name);
  }
  return stopped;
}

function lastStartedFirst(a: ProcessRecord, b: ProcessRecord): number {
  return a.startedAt < b.startedAt ? 1 : -1;
}

// Both places are looked at, whatever the record says: it may have been removed by hand.
function homesOf(paths: StatePaths, record: StackRecord | undefined): string[] {
  const recorded = record?.server.kind === "embedded" ? [record.server.home] : [];
  return [...new Set([...recorded, paths.postgres, paths.postgresElsewhere])].filter((home) => existsSync(home));
}

async function removeEverything(
  paths: StatePaths,
  record: StackRecord | undefined,
  say: (line: string) => void,
): Promise<void> {
  const secrets = await findSecrets(paths);
  if (record?.server.kind === "own" && secrets) {
    say(`Dropping what was made on ${record.server.at}`);
    await dropCreated(serverOf(record, secrets), record.server.created);
  }
  const homes = homesOf(paths, record);
  for (const home of homes) await rm(home, { recursive: true, force: true });
  await removeStateDirectory(paths);
}
