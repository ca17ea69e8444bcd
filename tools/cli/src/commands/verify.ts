import { verifyStream, type Difference, type Outcome, type TableReport, type VerifyReport } from "@strangler/cdc";
import { ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { progress } from "../progress.ts";
import { renderTable } from "../render-table.ts";
import { findStreams, type FoundStream } from "../stream/find-stream.ts";

type VerifyArguments = CommonArguments & {
  stream?: string | undefined;
  table?: string | undefined;
  examples: number;
  json: boolean;
};

export const verifyCommand: CommandModule<object, VerifyArguments> = {
  command: "verify [stream]",
  describe: "Compare every row of a stream's source and target",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", describe: "One of them; all without a name" })
      .option("table", { type: "string", describe: "One table only, by its name on either side" })
      .option("examples", { type: "number", default: 20, describe: "How many differing rows to name for each table" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 verify catalog", "exit status 0 equal, 1 different, 4 could not compare")
      .example("$0 verify catalog --table items", "one table only"),
  handler: async (args) => {
    const reports: VerifyReport[] = [];
    for (const stream of await findStreams(args, args.stream)) reports.push(await verify(stream, args));
    const tables = reports.flatMap((report) => report.tables.map((table) => ({ stream: report.stream, ...table })));
    const outcome = overall(reports);
    process.stdout.write(
      `${args.json ? JSON.stringify({ outcome, tables, streams: reports }, null, 2) : render(tables)}\n`,
    );
    process.exitCode = EXIT_CODES[outcome];
  },
};

// --- internal ---

const EXIT_CODES: Record<Outcome, ExitCode> = {
  equal: ExitCode.done,
  different: ExitCode.finding,
  "could not compare": ExitCode.environment,
};

function verify({ plan, addresses }: FoundStream, { table, examples, json }: VerifyArguments): Promise<VerifyReport> {
  return verifyStream({
    plan,
    addresses,
    table,
    examples,
    onTable: (report) => {
      if (!json) progress(`${report.table}: ${report.outcome}`);
    },
  });
}

function overall(reports: readonly VerifyReport[]): Outcome {
  const outcomes = reports.map(({ outcome }) => outcome);
  return outcomes.find((each) => each === "different") ?? outcomes.find((each) => each !== "equal") ?? "equal";
}

function render(tables: readonly (TableReport & { stream: string })[]): string {
  const head = ["stream", "table", "outcome", "rows", "missing", "extra", "changed", "ms"];
  const rows = tables.map(({ stream, table, outcome, rows, differences, ms }) => [
    stream,
    table,
    outcome,
    String(rows),
    String(differences.missing),
    String(differences.extra),
    String(differences.changed),
    String(ms),
  ]);
  const details = tables.flatMap((table) => [...table.examples.map((each) => describe(table, each)), ...doubts(table)]);
  return [renderTable(head, rows, { right: [3, 4, 5, 6, 7] }), ...details].join("\n");
}

function describe({ table, source }: TableReport, { kind, key, columns }: Difference): string {
  const name = Object.entries(key)
    .map(([column, value]) => `${column} = ${value ?? "null"}`)
    .join(", ");
  if (kind === "missing") return `${table}: ${name} is missing; ${source} has it`;
  if (kind === "extra") return `${table}: ${name} is extra; ${source} does not have it`;
  return `${table}: ${name} differs in ${columns.join(", ")}`;
}

function doubts({ table, reason }: TableReport): string[] {
  return reason === undefined ? [] : [`${table}: ${reason}`];
}
