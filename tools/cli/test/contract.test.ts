import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ExitCode } from "@strangler/platform";
import yargs, { type CommandModule } from "yargs";
import { COMMANDS } from "../src/commands.ts";
import { EXIT_CODES } from "../src/exit-codes.ts";
import { createProgram } from "../src/program.ts";
import { strangler } from "./strangler.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

/** Every command that does something, as words: ["route", "set"]. */
async function listCommands(): Promise<string[][]> {
  const trees = await Promise.all(
    COMMANDS.map(async ({ name, load }) => {
      const inside = subcommandsOf(await load());
      return inside.length === 0 ? [[name]] : inside.map((subcommand) => [name, subcommand]);
    }),
  );
  return trees.flat();
}

function subcommandsOf({ builder }: CommandModule): string[] {
  if (typeof builder !== "function") return [];
  const inside = yargs([]);
  void builder(inside);
  // Public, but missing in its type declarations.
  const holder = inside as unknown as { getInternalMethods: () => { getCommandInstance: () => CommandNames } };
  return holder.getInternalMethods().getCommandInstance().getCommands();
}

type CommandNames = { getCommands: () => string[] };

const commands = await listCommands();

describe.each(commands.map((words) => [words.join(" "), words] as const))("strangler %s", (_, words) => {
  test("explains itself with examples, in 80 columns", async () => {
    const program = await createProgram(words, COMMANDS);

    const help = await program.getHelp();

    expect(help).toMatch(/^Examples:$/m);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("the program", () => {
  test("lists every command with the words that the command itself uses", async () => {
    const modules = await Promise.all(COMMANDS.map(({ load }) => load()));

    expect(modules.map(({ command, describe }) => [String(command).split(" ")[0], describe])).toEqual(
      COMMANDS.map(({ name, describe }) => [name, describe]),
    );
  });

  test("documents every exit status", () => {
    expect(EXIT_CODES.map(([code]) => code)).toEqual(Object.values(ExitCode));
  });

  test.each([
    ["status", "--state", "/nowhere/.strangler"],
    ["doctor", "--state", "/nowhere/.strangler"],
    ["route", "list", "--state", "/nowhere/.strangler"],
    ["analyze", "tools/cli/src"],
  ])("prints one JSON document for %s --json, and nothing else on standard output", async (...words) => {
    const { out } = await strangler([...words, "--json"], { cwd: ROOT });

    expect(JSON.parse(out)).toEqual(expect.anything());
  });

  test("prints its help, and guesses at a command that was mistyped", async () => {
    const help = await strangler(["--help"]);
    const mistyped = await strangler(["staus"]);

    expect(help).toMatchObject({ status: 0, err: "" });
    expect(help.out).toContain("Exit status:");
    expect(mistyped).toMatchObject({ status: 2, out: "", err: "Did you mean status?\n" });
  });

  test("guesses at an option that was mistyped", async () => {
    expect(await strangler(["status", "--jsn"])).toMatchObject({
      status: 2,
      err: "Unknown argument: jsn\nDid you mean --json?\n",
    });
  });

  test("asks for a command when there is none", async () => {
    expect(await strangler([])).toMatchObject({ status: 2, err: 'Name a command; "strangler --help" lists them.\n' });
  });

  test("tells a foreseen failure in one sentence, with its exit status", async () => {
    const { status, out, err } = await strangler(["up", "-d", "--plan", "/nowhere/plan"]);

    expect({ status, out }).toEqual({ status: 3, out: "" });
    expect(err).toBe("/nowhere/plan/stack.yaml: cannot be read (there is no such file). Name it with --plan.\n");
  });
});
