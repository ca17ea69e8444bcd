import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { CommandFailedError } from "./errors.ts";
import type { Narrator } from "./narrator.ts";

export type CommandLine = {
  /** Runs `strangler ...` as a person would, shows the line, and returns what it wrote to standard output. */
  run: (args: readonly string[], accept?: readonly number[]) => Promise<CommandResult>;
  /** The same with `--json`, parsed. */
  json: <Answer>(args: readonly string[], accept?: readonly number[]) => Promise<Answer>;
  /** As `json`, without showing the line: for looking again and again. */
  ask: <Answer>(args: readonly string[]) => Promise<Answer>;
};

export type CommandResult = { status: number; output: string };

/** `home` holds the plan and the state of this run; every command works in it, so that the repository stays as it was. */
export function createCommandLine(repository: string, home: string, narrator: Narrator): CommandLine {
  const program = path.join(repository, "tools/cli/bin/strangler.mjs");

  const execute = async (args: readonly string[], accept: readonly number[]): Promise<CommandResult> => {
    const child = spawn(process.execPath, [program, ...args], { cwd: home, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let talk = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      talk += chunk.toString();
      narrator.progress(talk.trimEnd().split("\n").at(-1) ?? "");
    });
    const [status] = (await once(child, "close")) as [number | null];
    if (status === null || !accept.includes(status)) throw new CommandFailedError(args, status, `${talk}${output}`);
    return { status, output };
  };

  const show = (args: readonly string[]) => narrator.command(`strangler ${args.map(quote).join(" ")}`);
  const ask = async <Answer>(args: readonly string[], accept: readonly number[] = [0]) => {
    const { output } = await execute([...args, "--json"], accept);
    return JSON.parse(output) as Answer;
  };
  return {
    run: (args, accept = [0]) => {
      show(args);
      return execute(args, accept);
    },
    json: (args, accept) => {
      show(args);
      return ask(args, accept);
    },
    ask,
  };
}

// --- internal ---

function quote(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word}'`;
}
