import { statSync } from "node:fs";
import path from "node:path";
import { readDataDirectory } from "./postgres/data-directory.ts";
import { dataDirectoryOf } from "./postgres/place.ts";
import { askHealth } from "./process/health.ts";
import { identify, isSameProcess } from "./process/identity.ts";
import { proportionalSetSize } from "./process/memory.ts";
import { readProcessRecords, type ProcessRecord } from "./state/process-record.ts";
import { findStackRecord, type StackRecord } from "./state/stack-record.ts";
import { statePaths } from "./state/state-directory.ts";

export type ProcessStatus = {
  name: string;
  kind: string;
  /** `dead`: it was started, not stopped, and has ended. `unwell`: it runs, and `why` says what its health answers. */
  state: "healthy" | "unwell" | "dead" | "stopped";
  why?: string;
  pid?: number;
  ports: Record<string, number>;
  uptimeSeconds?: number;
  /** Proportional set size with its children; absent where the system does not tell. */
  memoryBytes?: number;
};

export type StackStatus = {
  /** `up`: all of it is healthy. `partly`: some is not. `down`: nothing runs. */
  state: "up" | "partly" | "down";
  stateDirectory: string;
  planDirectory?: string;
  /** Where the databases are: on the embedded server (with its files), or on one's own. */
  server?: { kind: "embedded"; home: string } | { kind: "own"; at: string };
  /** The pid of the `up` that keeps the stack in the foreground. */
  foreground?: number;
  seeds: Record<string, string>;
  processes: ProcessStatus[];
  /** Sum over all processes. */
  memoryBytes?: number;
};

/** What runs where and how it is, at this moment. Only looks: starts nothing, and works when everything is broken. */
export async function readStackStatus(stateDirectory: string): Promise<StackStatus> {
  const paths = statePaths(stateDirectory);
  const record = await findStackRecord(paths);
  const recorded = await readProcessRecords(paths);
  const server = record?.server.kind === "embedded" ? [postgresStatus(record.server.home, record)] : [];
  const known = await Promise.all(recorded.map(statusOf));
  const processes = [...server, ...inPlanOrder(known, record)];
  const memory = processes.map(({ memoryBytes }) => memoryBytes).filter((bytes) => bytes !== undefined);
  return {
    state: summarize(processes),
    stateDirectory: paths.directory,
    ...(record ? { planDirectory: record.planDirectory, server: placeOf(record.server) } : {}),
    ...(record?.foreground && isSameProcess(record.foreground) ? { foreground: record.foreground.pid } : {}),
    seeds: Object.fromEntries(Object.entries(record?.seeds ?? {}).map(([name, { size }]) => [name, size])),
    processes,
    ...(memory.length > 0 ? { memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0) } : {}),
  };
}

// --- internal ---

function placeOf(server: StackRecord["server"]): NonNullable<StackStatus["server"]> {
  return server.kind === "embedded" ? { kind: "embedded", home: server.home } : { kind: "own", at: server.at };
}

function summarize(processes: readonly ProcessStatus[]): StackStatus["state"] {
  if (processes.every(({ state }) => state === "stopped")) return "down";
  return processes.every(({ state }) => state === "healthy") ? "up" : "partly";
}

// Those of the plan that have no record are stopped; what was started later comes last.
function inPlanOrder(known: readonly ProcessStatus[], record: StackRecord | undefined): ProcessStatus[] {
  const planned = Object.entries(record?.ports.processes ?? {}).map(
    ([name, ports]) =>
      known.find((status) => status.name === name) ?? { name, kind: "process", state: "stopped" as const, ports },
  );
  const later = known.filter(({ name }) => !planned.some((status) => status.name === name));
  return [...planned, ...later];
}

async function statusOf(record: ProcessRecord): Promise<ProcessStatus> {
  const { name, kind, identity, ports, healthUrl, startedAt } = record;
  if (!isSameProcess(identity)) return { name, kind, state: "dead", why: "has ended", ports };
  const health = healthUrl === undefined ? { well: true as const } : await askHealth(healthUrl);
  return {
    name,
    kind,
    ...(health.well ? { state: "healthy" } : { state: "unwell", why: health.why }),
    pid: identity.pid,
    ports,
    uptimeSeconds: secondsSince(Date.parse(startedAt)),
    ...memoryOf(identity.pid),
  };
}

// Whether the server answers is seen in the health of the processes that need it; a session of our own would need its password.
function postgresStatus(home: string, record: StackRecord): ProcessStatus {
  const { server } = readDataDirectory(dataDirectoryOf(home));
  const name = "postgres";
  const ports = { sql: server?.port ?? record.ports.postgres };
  if (!server) return { name, kind: "database", state: "stopped", ports };
  if (!server.alive || !identify(server.pid)) return { name, kind: "database", state: "dead", why: "has ended", ports };
  const pidFile = path.join(dataDirectoryOf(home), "postmaster.pid");
  return {
    name,
    kind: "database",
    state: "healthy",
    pid: server.pid,
    ports,
    uptimeSeconds: secondsSince(statSync(pidFile).birthtimeMs),
    ...memoryOf(server.pid),
  };
}

function secondsSince(moment: number): number {
  return Math.max(0, Math.round((Date.now() - moment) / 1000));
}

function memoryOf(pid: number): { memoryBytes?: number } {
  const memoryBytes = proportionalSetSize([pid]);
  return memoryBytes === undefined ? {} : { memoryBytes };
}
