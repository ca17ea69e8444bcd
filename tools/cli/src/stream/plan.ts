import { describeStream, problemLine, type StreamDescription, type TableDescription } from "@strangler/cdc";
import { ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { findStream } from "./find-stream.ts";

type PlanArguments = CommonArguments & { stream: string; json: boolean };

export const streamPlanCommand: CommandModule<object, PlanArguments> = {
  command: "plan <stream>",
  describe: "Show what a start would do, and what is in its way",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 stream plan catalog", "tables, mapping, size, rights; changes nothing")
      .example("$0 stream plan catalog --json", "the same for a program to read"),
  handler: async (args) => {
    const { plan, addresses } = await findStream(args, args.stream);
    const description = await describeStream(plan, addresses);
    process.stdout.write(`${args.json ? JSON.stringify(description, null, 2) : render(description)}\n`);
    process.exitCode = exitCode(description);
  },
};

// --- internal ---

function exitCode({ problems }: StreamDescription): number {
  if (problems.length === 0) return ExitCode.done;
  const onlyEnvironment = problems.every((problem) => problem.exitCode === ExitCode.environment);
  return onlyEnvironment ? ExitCode.environment : ExitCode.configuration;
}

function render(description: StreamDescription): string {
  const { stream, source, target, state, tables, publication, slot, grants, problems } = description;
  return [
    `${stream}: ${source} -> ${target}, ${STATES[state]}`,
    ...tables.map(renderTable),
    "",
    copyLine(description),
    `publication ${publication.name}: ${publication.exists ? "there" : "will be made"}; slot ${slot.name}: ${slot.exists ? "there" : "will be made"}`,
    ...changeLines(description),
    "",
    "A role that only captures (STRANGLER_CAPTURE_..._URL) needs, here for one called capture:",
    ...grants.source.map((sql) => `  ${sql};`),
    "A role that only applies (STRANGLER_APPLY_..._URL) needs, here for one called apply:",
    ...grants.target.map((sql) => `  ${sql};`),
    "",
    ...(problems.length === 0
      ? ["Nothing is in the way."]
      : ["In the way:", ...problems.map((each) => `- ${problemLine(each)}`)]),
  ].join("\n");
}

const STATES: Record<StreamDescription["state"], string> = {
  new: "never started",
  copying: "its copy was begun and is not complete",
  completing: "copied, and being completed",
  following: "copied; a start goes on where it stood",
};

function renderTable({ from, to, key, part, filter, columns, rows, bytes, filled }: TableDescription): string {
  const size = `${rows === null ? "rows not counted yet" : `about ${rows} rows`}, ${megabytes(bytes)}`;
  return [
    "",
    `${from} -> ${to}${part ? " (columns of its rows)" : ""}, key ${key.join(", ")}; ${size}${filled ? "; the target holds rows" : ""}`,
    ...(filter === null ? [] : [`  only where ${filter}`]),
    ...columns.map((column) => (column.to === column.from ? `  ${column.to}` : `  ${column.to} <- ${column.from}`)),
  ].join("\n");
}

function copyLine({ copy }: StreamDescription): string {
  if (copy === null) return "Nothing is copied again.";
  return `Copy: about ${copy.rows} rows, ${megabytes(copy.bytes)}, ${copy.workers} at once: some ${Math.max(1, copy.seconds)} s if neither disk nor network is slow.`;
}

function changeLines({ schemaChanges: { policy, announced, sql } }: StreamDescription): string[] {
  const said = `changed tables at the source: ${policy}`;
  if (announced) return [`${said}; the source announces them`];
  const head = `${said}; a superuser's start lets the source announce them, or run there:`;
  return [head, ...(sql ?? "").split("\n").map((line) => `  ${line}`)];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
