import { followLogs, getLog, listLogs, readLastLines, type LogLine } from "@strangler/stack";
import colors from "picocolors";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";

type LogsArguments = CommonArguments & { name?: string | undefined; follow: boolean; lines: number; json: boolean };

export const logsCommand: CommandModule<object, LogsArguments> = {
  command: "logs [name]",
  describe: "Show what a process has written; all of them without a name",
  builder: (yargs) =>
    yargs
      .positional("name", { type: "string", describe: 'A process, "postgres", or "seed-..."' })
      .option("follow", { alias: "f", type: "boolean", default: false, describe: "Go on until Ctrl-C" })
      .option("lines", { alias: "n", type: "number", default: 20, describe: "How many lines of each to begin with" })
      .option("json", { type: "boolean", default: false, describe: "One JSON object a line: name and text" })
      .example("$0 logs -f", "everything, as it comes")
      .example("$0 logs postgres -n 100", "the last hundred lines of one"),
  handler: async (args) => {
    const all = await listLogs(findDirectories(args).stateDirectory);
    const logs = args.name === undefined ? all : [getLog(all, args.name)];
    if (logs.length === 0) process.stderr.write("Nothing has written a log yet.\n");
    const width = Math.max(0, ...logs.map(({ name }) => name.length));
    const print = (line: LogLine) =>
      process.stdout.write(`${args.json ? JSON.stringify(line) : render(line, logs.length > 1 ? width : 0)}\n`);
    for (const log of logs) (await readLastLines(log, args.lines)).forEach(print);
    if (args.follow) await followUntilInterrupted(logs, print);
  },
};

// --- internal ---

function render({ name, text }: LogLine, width: number): string {
  return width === 0 ? text : `${colors.cyan(name.padEnd(width))} ${text}`;
}

async function followUntilInterrupted(logs: Parameters<typeof followLogs>[0], print: (line: LogLine) => void) {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  // Whoever reads us may have read enough: `strangler logs -f | head`.
  process.stdout.once("error", () => stop.abort());
  await followLogs(logs, print, stop.signal);
}
