import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The commit of the repository that `directory` lies in, marked when files differ from it; undefined outside of one. */
export async function findCommit(directory: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", ["describe", "--always", "--dirty"], { cwd: directory });
    return stdout.trim();
  } catch {
    return undefined; // no git, or no repository: a circumstance that is merely not known
  }
}
