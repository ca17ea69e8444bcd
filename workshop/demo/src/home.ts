import { cp, mkdir, readdir, rm, symlink } from "node:fs/promises";
import path from "node:path";

/**
 * The folder in which the demo works: the repository by links, and a plan of its own, so that flips made here leave the
 * repository's plan as it was. What an earlier run left is removed; its stack must be down.
 */
export async function prepareHome(repository: string, home: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const entries = await readdir(repository);
  const linked = entries.filter((entry) => !entry.startsWith(".") && entry !== "plan");
  for (const entry of linked) await symlink(path.join(repository, entry), path.join(home, entry));
  await cp(path.join(repository, "plan"), path.join(home, "plan"), { recursive: true });
}
