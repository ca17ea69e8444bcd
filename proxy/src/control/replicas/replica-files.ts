import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { isAlive, MACHINE } from "../machine.ts";
import { FORGOTTEN_AFTER_MS, replicaStatus, type ReplicaRegister, type SeenReplica } from "./register.ts";

/** The register of replicas that follow one file: a hidden folder beside it, with a small file for each of them. */
export function createReplicaFiles(findFolder: () => Promise<string>): ReplicaRegister {
  return {
    announce: async (status) => {
      const folder = await findFolder();
      const temporary = path.join(folder, `.${status.id}`);
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, JSON.stringify(status));
      await rename(temporary, path.join(folder, `${status.id}.json`));
    },
    list: async () => {
      const folder = await findFolder();
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
      const found = await Promise.all(names.map((name) => readReplica(path.join(folder, name))));
      return found.filter((replica) => replica !== undefined);
    },
    leave: async (id) => {
      const folder = await findFolder();
      await rm(path.join(folder, `${id}.json`), { force: true });
      // Only an empty folder goes; others may still be there.
      await rmdir(folder).catch(() => undefined);
    },
  };
}

// --- internal ---

/** undefined for one that is gone, for good or since a moment. */
async function readReplica(file: string): Promise<SeenReplica | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    const seenMsAgo = Math.max(0, Date.now() - mtimeMs);
    const status = replicaStatus.parse(JSON.parse(await readFile(file, "utf8")));
    const dead = status.host === MACHINE ? !isAlive(status.pid) : seenMsAgo > FORGOTTEN_AFTER_MS;
    if (!dead) return { ...status, seenMsAgo };
    await rm(file, { force: true });
  } catch {
    // Just replaced, just removed, or no status at all: the next look tells.
  }
  return undefined;
}
