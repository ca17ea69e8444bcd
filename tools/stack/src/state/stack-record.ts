import type { ProcessIdentity } from "../process/identity.ts";
import { findJsonFile, writeJsonFile } from "./json-file.ts";
import type { StatePaths } from "./state-directory.ts";

/** Which ports were chosen, for this start of the stack. */
export type StackPorts = {
  mode: "plan" | "free";
  /** Of the embedded server. */
  postgres: number;
  /** By process and port name. */
  processes: Record<string, Record<string, number>>;
  /** Kept for what is started later. */
  kept: Record<string, number>;
};

export type EmbeddedServer = {
  kind: "embedded";
  /** Holds `data`, and `native` when the binaries had to be copied to where the server's user may enter. */
  home: string;
};

export type OwnServer = {
  kind: "own";
  /** Host and port, for people. The address with its password is among the secrets. */
  at: string;
  /** What this stack made there, written down before it is made, so that a purge finds all of it and nothing else. */
  created: { databases: string[]; roles: string[] };
};

/** The stack's Kafka: a broker of its own, or one's own. */
export type StackBroker =
  | { kind: "embedded"; clusterId: string; port: number; controllerPort: number }
  | { kind: "own"; brokers: readonly string[] };

/** How far the data of one database has come. A seed that was interrupted is begun again from an empty database. */
export type SeedRecord = { size: string; state: "running" | "done" };

/** stack.json: what one stack is made of. Holds no secret. */
export type StackRecord = {
  format: 1;
  planDirectory: string;
  rootDirectory: string;
  ports: StackPorts;
  server: EmbeddedServer | OwnServer;
  /** Absent: nobody has asked for one. */
  kafka?: StackBroker;
  seeds: Record<string, SeedRecord>;
  /** The `up` that keeps the stack in the foreground. */
  foreground?: ProcessIdentity;
};

export function findStackRecord(paths: StatePaths): Promise<StackRecord | undefined> {
  return findJsonFile<StackRecord>(paths.record);
}

export function saveStackRecord(paths: StatePaths, record: StackRecord): Promise<void> {
  return writeJsonFile(paths.record, record);
}
