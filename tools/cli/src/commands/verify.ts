import {
  auditWriters,
  verifyContinuously,
  verifyStream,
  type AuditOutcome,
  type Outcome,
  type VerifyOptions,
  type VerifyReport,
} from "@strangler/cdc";
import { ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { progress } from "../progress.ts";
import { findStreams, type FoundStream } from "../stream/find-stream.ts";
import { renderAudit } from "../verify/render-audit.ts";
import { renderReport } from "../verify/render-report.ts";
import { WrongUsage } from "../wrong-usage.ts";

type VerifyArguments = CommonArguments & {
  stream?: string | undefined;
  table?: string | undefined;
  sample: number;
  resume: boolean;
  continuous: boolean;
  writers: boolean;
  examples: number;
  values: boolean;
  pause?: number | undefined;
  "max-lag": number;
  json: boolean;
};

export const verifyCommand: CommandModule<object, VerifyArguments> = {
  command: "verify [stream]",
  describe: "Compare every row of a stream's source and target",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", describe: "One of them; all without a name" })
      .option("table", { type: "string", describe: "One table only, by its name on either side" })
      .option("sample", { type: "number", default: 100, describe: "Percent of each table to look at" })
      .option("resume", { type: "boolean", default: false, describe: "Go on where an interrupted one stood" })
      .option("continuous", { type: "boolean", default: false, describe: "Round after round, until interrupted" })
      .option("writers", { type: "boolean", default: false, describe: "Say who wrote the target's rows instead" })
      .option("examples", { type: "number", default: 20, describe: "How many differing rows to name for each table" })
      .option("values", { type: "boolean", default: false, describe: "Show what differs, not only how long it is" })
      .option("pause", { type: "number", describe: "Milliseconds to rest between chunks of half a second" })
      .option("max-lag", { type: "number", default: 256, describe: "Wait while the stream is more MiB behind" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 verify catalog", "exit status 0 equal, 1 different, 4 could not compare")
      .example("$0 verify catalog --table items", "one table only")
      .example("$0 verify catalog --sample 5", "a twentieth of every table")
      .example("$0 verify catalog --continuous", "what it finds is in status and metrics")
      .example("$0 verify catalog --writers", "exit status 0 only the stream, 1 others, 4 unknown"),
  handler: async (args) => {
    if (!(args.sample > 0 && args.sample <= 100))
      throw new WrongUsage("--sample takes a number above 0 and up to 100.", []);
    const streams = await findStreams(args, args.stream);
    if (args.writers) await audit(streams, args);
    else if (args.continuous) await verifyForever(streams, args);
    else await verifyOnce(streams, args);
  },
};

// --- internal ---

const EXIT_CODES: Record<Outcome | AuditOutcome, ExitCode> = {
  equal: ExitCode.done,
  clean: ExitCode.done,
  different: ExitCode.finding,
  foreign: ExitCode.finding,
  "could not compare": ExitCode.environment,
  unknown: ExitCode.environment,
};

async function verifyOnce(streams: readonly FoundStream[], args: VerifyArguments): Promise<void> {
  const reports: VerifyReport[] = [];
  for (const found of streams) reports.push(await verifyStream(optionsOf(found, args)));
  const outcome = worst(reports, ["different", "could not compare"]) ?? "equal";
  const tables = reports.flatMap((report) => report.tables.map((table) => ({ stream: report.stream, ...table })));
  const result = args.json
    ? JSON.stringify({ outcome, tables, streams: reports }, null, 2)
    : reports.map(renderReport).join("\n\n");
  process.stdout.write(`${result}\n`);
  process.exitCode = EXIT_CODES[outcome];
}

// One line of JSON, or one table, for every round of every stream.
async function verifyForever(streams: readonly FoundStream[], args: VerifyArguments): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const last = new Map<string, VerifyReport>();
  await Promise.all(
    streams.map((found) =>
      verifyContinuously({
        ...optionsOf(found, args),
        signal: stop.signal,
        onRound: (report) => {
          last.set(report.stream, report);
          process.stdout.write(`${args.json ? JSON.stringify(report) : renderReport(report)}\n`);
        },
        onTrouble: (error) => progress(`${found.plan.name}: ${error instanceof Error ? error.message : String(error)}`),
      }),
    ),
  );
  process.exitCode = EXIT_CODES[worst([...last.values()], ["different", "could not compare"]) ?? "equal"];
}

async function audit(streams: readonly FoundStream[], { table, examples, json }: VerifyArguments): Promise<void> {
  const reports = [];
  for (const { plan, addresses } of streams) reports.push(await auditWriters({ plan, addresses, table, examples }));
  const outcome = worst(reports, ["foreign", "unknown"]) ?? "clean";
  const result = json ? JSON.stringify({ outcome, streams: reports }, null, 2) : reports.map(renderAudit).join("\n\n");
  process.stdout.write(`${result}\n`);
  process.exitCode = EXIT_CODES[outcome];
}

function optionsOf({ plan, addresses }: FoundStream, args: VerifyArguments): VerifyOptions {
  const say = (line: string) => (args.json ? undefined : progress(line));
  return {
    plan,
    addresses,
    table: args.table,
    percent: args.sample,
    resume: args.resume,
    examples: args.examples,
    showValues: args.values,
    pauseMs: args.pause,
    maxLagBytes: args["max-lag"] * 1024 * 1024,
    onTable: ({ table, outcome }) => say(`${table}: ${outcome}`),
    onWait: (waiting) => say(waiting ? "the stream is too far behind: waiting for it" : "the stream has come closer"),
    onProgress: every(5_000, ({ table, rows, expected }) => say(`${table}: ${rows} of about ${expected} rows`)),
  };
}

function worst<Name extends string>(reports: readonly { outcome: Name }[], order: readonly Name[]): Name | undefined {
  return order.find((each) => reports.some(({ outcome }) => outcome === each));
}

function every<Value>(ms: number, tell: (value: Value) => void): (value: Value) => void {
  let last = performance.now();
  return (value) => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    tell(value);
  };
}
