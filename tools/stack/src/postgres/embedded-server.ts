import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { waitFor } from "@strangler/platform";
import { DataOfOtherVersionError, NoServerUserError, PostgresDidNotStartError } from "../errors.ts";
import { assertPortFree } from "../ports.ts";
import type { StatePaths } from "../state/state-directory.ts";
import { endAll } from "../process/end.ts";
import { findProcessesNaming } from "../process/marked.ts";
import { findPostgresBinaries, majorVersion } from "./binaries.ts";
import { attachCluster, initialiseCluster, startCluster, type Cluster } from "./cluster.ts";
import { completeMark, judgeDataDirectory, readDataDirectory, type DataDirectoryState } from "./data-directory.ts";
import { preparePlace, type Place } from "./place.ts";
import { findServerUser } from "./server-user.ts";

export type EmbeddedRequest = {
  paths: StatePaths;
  port: number;
  password: string;
  onProgress: (line: string) => void;
};

export type StartedServer = { cluster: Cluster; home: string; alreadyRan: boolean };

/** Brings the embedded server up from whatever state its data directory is in. Throws one of this package's errors, each with its remedy. */
export async function startEmbeddedServer(request: EmbeddedRequest): Promise<StartedServer> {
  const user = findServerUser();
  if (user === undefined && process.getuid?.() === 0) throw new NoServerUserError();
  const binaries = await findPostgresBinaries();
  const place = await preparePlace({ paths: request.paths, binaries, user });
  const { dataDirectory, home } = place;
  const wanted = majorVersion(place.binaries);
  const found = judgeDataDirectory(readDataDirectory(dataDirectory), wanted);
  if (found.state === "running") {
    return { cluster: attachCluster({ ...place, ...request, port: found.port }), home, alreadyRan: true };
  }
  if (found.state === "other-version") throw new DataOfOtherVersionError(dataDirectory, found.found, wanted);
  await assertPortFree(request.port, "PostgreSQL");
  await mend(found, place, request);
  request.onProgress(`Starting PostgreSQL ${wanted} on port ${request.port}`);
  return { cluster: await startPatiently(place, request), home, alreadyRan: false };
}

// --- internal ---

type Startable = Exclude<DataDirectoryState, { state: "running" | "other-version" }>;

/** Makes a directory that the server can be started in out of whatever was found. */
async function mend(found: Startable, place: Place, request: EmbeddedRequest): Promise<void> {
  const { dataDirectory } = place;
  switch (found.state) {
    case "absent":
      return initialise(place, request);
    case "half-initialised":
      request.onProgress(
        `Clearing ${dataDirectory}: an earlier start was interrupted before anything was stored in it`,
      );
      // The interrupted start may be the only one that was: its initdb goes on alone.
      await endAll(findProcessesNaming(`--pgdata=${dataDirectory}`));
      await rm(dataDirectory, { recursive: true, force: true, maxRetries: 10 });
      return initialise(place, request);
    case "stale-pid-file":
      request.onProgress(`Removing the pid file of a PostgreSQL that has died (process ${found.pid})`);
      return rm(path.join(dataDirectory, "postmaster.pid"), { force: true });
    case "stopped":
      return;
  }
}

async function initialise(
  { dataDirectory, binaries }: Place,
  { password, onProgress }: EmbeddedRequest,
): Promise<void> {
  onProgress(`Making a database cluster in ${dataDirectory}`);
  await initialiseCluster({ binaries, dataDirectory, password });
  await writeFile(completeMark(dataDirectory), "");
}

// After a kill -9 of the server its sessions need a moment to notice, and hold the shared memory until then.
async function startPatiently(place: Place, { port, password }: EmbeddedRequest): Promise<Cluster> {
  const start = () => startCluster({ ...place, password, port });
  try {
    return await start();
  } catch (error) {
    const held = error instanceof PostgresDidNotStartError && /shared memory block/.test(error.message);
    if (!held) throw error;
    return await waitFor("the sessions of the dead server to end", start, { everyMs: 500 });
  }
}
