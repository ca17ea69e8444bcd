import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A copy of the repository with a plan and a state of its own, in which the real command line is run. */
export type Workplace = {
  directory: string;
  /** Runs `strangler ...` there. Throws with everything it said when it ends with another status than 0. */
  strangler: (...args: string[]) => Promise<string>;
  /** Stops what runs there, and removes it. */
  close: () => Promise<void>;
};

/** `prepare` fills the directory; the command line is the repository's own, with `env` added to its environment. */
export async function openWorkplace(
  repository: string,
  prepare: (directory: string) => Promise<void>,
  env: Record<string, string> = {},
): Promise<Workplace> {
  const parent = await mkdtemp(path.join(tmpdir(), "strangler-workplace-"));
  const directory = path.join(parent, "repository");
  await prepare(directory);
  const strangler = async (...args: string[]) => {
    const program = path.join(repository, "tools/cli/bin/strangler.mjs");
    const child = spawn(process.execPath, [program, ...args], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let talk = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (talk += chunk.toString()));
    const [status] = (await once(child, "close")) as [number | null];
    if (status !== 0)
      throw new Error(`strangler ${args.join(" ")} ended with status ${status ?? "unknown"}:\n${talk}${output}`);
    return output;
  };
  return {
    directory,
    strangler,
    close: async () => {
      await strangler("down", "--purge");
      await rm(parent, { recursive: true, force: true });
    },
  };
}
