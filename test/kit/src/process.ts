import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { waitFor } from "@strangler/platform";

export type TestProcess = {
  pid: number;
  /** Everything it has written so far, standard output and standard error together, line by line. */
  lines: readonly string[];
  /** Its exit status, or the signal that ended it. */
  exited: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
  waitForLine: (pattern: RegExp, limitMs?: number) => Promise<string>;
  /** Sends the signal and waits for the end. */
  kill: (signal: NodeJS.Signals) => Promise<void>;
};

export type StartProcess = { script: string; args?: string[]; env?: Record<string, string>; cwd?: string };

/** Starts a TypeScript program as a real process of its own, under this Node. */
export function startProcess({ script, args = [], env = {}, cwd }: StartProcess): TestProcess {
  const child = spawn(process.execPath, ["--conditions=strangler-source", script, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const lines: string[] = [];
  collect(child.stdout, lines);
  collect(child.stderr, lines);
  const exited = ended(child);
  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    waitForLine: (pattern, limitMs = 15_000) =>
      waitFor(
        `a line like ${String(pattern)} in:\n${lines.slice(-20).join("\n")}`,
        () => lines.find((line) => pattern.test(line)),
        { limitMs },
      ),
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}

// --- internal ---

function collect(stream: NodeJS.ReadableStream, lines: string[]): void {
  createInterface({ input: stream }).on("line", (line) => lines.push(line));
}

async function ended(child: ChildProcess): Promise<{ status: number | null; signal: NodeJS.Signals | null }> {
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { status, signal };
}
