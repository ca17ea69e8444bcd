import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { PostgresDidNotStartError } from "../errors.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { findServerUser } from "./server-user.ts";

export const SUPERUSER = "postgres";

export type Cluster = {
  dataDirectory: string;
  port: number;
  /** The superuser's address of one database. Holds the password: never log it. */
  url: (database: string) => string;
  /** `fast` ends sessions and writes a checkpoint; `immediate` is a crash. */
  stop: (mode?: "fast" | "immediate") => Promise<void>;
};

export type Initialise = { binaries: PostgresBinaries; dataDirectory: string; password: string };

/** Makes an empty cluster: UTF8, locale C (the default would follow the host), passwords by SCRAM. */
export async function initialiseCluster({ binaries, dataDirectory, password }: Initialise): Promise<void> {
  const parent = path.dirname(dataDirectory);
  await mkdir(parent, { recursive: true });
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const user = findServerUser();
  const passwordFile = path.join(parent, `.${path.basename(dataDirectory)}.initial`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) {
    await chown(dataDirectory, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  try {
    await run(binaries, "initdb", dataDirectory, [
      `--pgdata=${dataDirectory}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-instructions",
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

export type StartCluster = {
  binaries: PostgresBinaries;
  dataDirectory: string;
  password: string;
  /** 0 picks a free one. */
  port: number;
  /** Server settings beside the toolkit's own (`wal_level=logical` and room for slots). */
  settings?: Readonly<Record<string, string | number>>;
};

/** Starts the server in the background (it outlives this process) and waits until it answers. Throws PostgresDidNotStartError. */
export async function startCluster({
  binaries,
  dataDirectory,
  password,
  port,
  settings = {},
}: StartCluster): Promise<Cluster> {
  const chosen = port === 0 ? await findFreePort() : port;
  const all = { ...SETTINGS, ...settings, port: chosen };
  const options = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`);
  const log = path.join(dataDirectory, "server.log");
  await run(
    binaries,
    "pg_ctl",
    dataDirectory,
    ["start", "-w", "-t", "60", "-D", dataDirectory, "-l", log, "-o", options.join(" ")],
    log,
  );
  return attachCluster({ binaries, dataDirectory, password, port: chosen });
}

/** A handle on a server that already runs. */
export function attachCluster({ binaries, dataDirectory, password, port }: Omit<StartCluster, "settings">): Cluster {
  return {
    dataDirectory,
    port,
    url: (database) => `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    stop: (mode = "fast") => run(binaries, "pg_ctl", dataDirectory, ["stop", "-w", "-D", dataDirectory, "-m", mode]),
  };
}

/** A port nobody listens on at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

// --- internal ---

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  wal_level: "logical",
  max_wal_senders: 20,
  max_replication_slots: 20,
  shared_buffers: "64MB",
  max_wal_size: "1GB",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
  // A consumer that never comes back may fill this much of the disk, and no more; then its slot is lost and says so.
  max_slot_wal_keep_size: "4GB",
};

async function run(
  binaries: PostgresBinaries,
  program: string,
  dataDirectory: string,
  args: string[],
  log?: string,
): Promise<void> {
  const child = spawn(path.join(binaries.directory, program), args, {
    ...findServerUser(),
    cwd: dataDirectory,
    // pg_ctl hands its standard streams to the server, which never closes them.
    stdio: log === undefined ? ["ignore", "pipe", "pipe"] : "ignore",
  });
  let words = "";
  child.stdout?.on("data", (chunk: Buffer) => (words += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (words += chunk.toString()));
  const [status] = (await once(child, log === undefined ? "close" : "exit")) as [number | null];
  if (status === 0) return;
  const said = log === undefined ? words : await readFile(log, "utf8").catch(() => "");
  throw new PostgresDidNotStartError(program, dataDirectory, said.split("\n").slice(-6).join(" "));
}
