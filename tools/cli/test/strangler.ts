import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

export const BIN = path.resolve(import.meta.dirname, "../bin/strangler.mjs");

/** A small stack of the stack's own tests: one database, two processes. */
export const NOTES_PLAN = path.resolve(import.meta.dirname, "../../stack/test/fixtures/notes/plan");

export type Outcome = { status: number | null; out: string; err: string };
export type Surroundings = { env?: Record<string, string>; cwd?: string; command?: readonly string[] };

/** Runs the program as a person would, and answers what it said. */
export async function strangler(
  args: readonly string[],
  { env = {}, cwd, command = [process.execPath] }: Surroundings = {},
): Promise<Outcome> {
  const [program = "", ...before] = command;
  const child = spawn(program, [...before, BIN, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { status: child.exitCode, out, err };
}
