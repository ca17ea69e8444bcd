import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startStack, stopStack, type Stack, type StackRequest } from "@strangler/stack";

/** The fixture: one database, `answers` that reads it, `front` that asks `answers`. */
export const NOTES = path.join(import.meta.dirname, "fixtures/notes");

export type NotesStack = {
  stateDirectory: string;
  /** Every line of progress so far. */
  said: string[];
  up: (changes?: Partial<StackRequest>) => Promise<Stack>;
};

/** Lends a state directory for the fixture's stack; whatever runs there afterwards is purged. */
export async function withNotes(use: (stack: NotesStack) => Promise<void>): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), "strangler-notes-"));
  // As root, the server runs as another user, who must be able to enter; see place.test.ts for a home that is closed.
  await chmod(home, 0o755);
  const stateDirectory = path.join(home, ".strangler");
  const said: string[] = [];
  const up = (changes: Partial<StackRequest> = {}) =>
    startStack({
      planDirectory: path.join(NOTES, "plan"),
      stateDirectory,
      ports: "free",
      detached: true,
      onProgress: (line) => said.push(line),
      ...changes,
    });
  try {
    await use({ stateDirectory, said, up });
  } finally {
    await stopStack({ stateDirectory, purge: true, confirm: () => Promise.resolve(true) });
    await rm(home, { recursive: true, force: true });
  }
}

/** A copy of the fixture in which a text of the plan is another one; paths still start from the fixture. */
export async function changedPlan(stateDirectory: string, from: string, to: string): Promise<Partial<StackRequest>> {
  const planDirectory = path.join(path.dirname(stateDirectory), "plan");
  await cp(path.join(NOTES, "plan"), planDirectory, { recursive: true });
  const file = path.join(planDirectory, "stack.yaml");
  const text = await readFile(file, "utf8");
  if (!text.includes(from)) throw new Error(`The plan does not say "${from}".`);
  await writeFile(file, text.replace(from, to));
  return { planDirectory, rootDirectory: NOTES };
}

/** The error a promise ends with; fails when it does not. */
export async function failureOf(attempt: Promise<unknown>): Promise<Error & { code?: string; exitCode?: number }> {
  return attempt.then(
    () => Promise.reject(new Error("It went well.")),
    (error: unknown) => error as Error,
  );
}
