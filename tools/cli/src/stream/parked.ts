import {
  discardParkedTransaction,
  readParked,
  readParkedTransaction,
  retryParkedTransactions,
  type ParkedTransaction,
  type RetryOutcome,
  type ShownChange,
} from "@strangler/cdc";
import { createLogger, ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { renderTable } from "../render-table.ts";
import { WrongUsage } from "../wrong-usage.ts";
import { findStream, type FoundStream } from "./find-stream.ts";

type ParkedArguments = CommonArguments & {
  stream: string;
  show?: string | undefined;
  retry?: string | undefined;
  all: boolean;
  discard?: string | undefined;
  reason?: string | undefined;
  yes: boolean;
  values: boolean;
  json: boolean;
};

export const streamParkedCommand: CommandModule<object, ParkedArguments> = {
  command: "parked <stream>",
  describe: "Show, retry or discard what the target has refused",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("show", { type: "string", describe: "One of them with its changes" })
      .option("values", { type: "boolean", default: false, describe: "With their values, which are hidden else" })
      .option("retry", { type: "string", describe: "Write one of them again; --retry --all: each, in order" })
      .option("all", { type: "boolean", default: false, describe: "With --retry" })
      .option("discard", { type: "string", describe: "Give one of them up, for good" })
      .option("reason", { type: "string", describe: "Why it is discarded; stays beside it" })
      .option("yes", { alias: "y", type: "boolean", default: false, describe: "Do discard it" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 stream parked catalog", "exit status 1 while anything is parked")
      .example("$0 stream parked catalog --show 3 --values", "its changes, with values")
      .example("$0 stream parked catalog --retry --all", "once the cause is mended")
      .example("$0 stream parked catalog --discard 3 --yes --reason spam", "it is never applied"),
  handler: async (args) => {
    const found = await findStream(args, args.stream);
    if (args.retry !== undefined || args.all) await retry(found, args);
    else if (args.discard !== undefined) await discard(found, args, args.discard);
    else if (args.show !== undefined) await show(found, args, args.show);
    else await list(found, args);
  },
};

// --- internal ---

const log = createLogger({ name: "parked", level: "silent" });

async function list({ plan, addresses }: FoundStream, { values, json }: ParkedArguments): Promise<void> {
  const parked = await readParked(plan, addresses, { values });
  print(json, { stream: plan.name, parked }, () => (parked.length === 0 ? "Nothing is parked." : renderParked(parked)));
  if (parked.some(({ state }) => state !== "discarded")) process.exitCode = ExitCode.finding;
}

async function show({ plan, addresses }: FoundStream, { values, json }: ParkedArguments, id: string): Promise<void> {
  const transaction = await readParkedTransaction(plan, addresses, id, { values });
  print(json, transaction, () => [renderParked([transaction]), ...transaction.shown.map(renderChange)].join("\n"));
}

async function retry({ plan, addresses }: FoundStream, { retry: id, all, json }: ParkedArguments): Promise<void> {
  if (!all && (id === undefined || id === "")) throw new WrongUsage("Say which: --retry ID, or --retry --all.", []);
  const outcomes = await retryParkedTransactions(plan, addresses, all ? "all" : (id ?? ""), { log });
  print(json, { stream: plan.name, outcomes }, () => outcomes.map(renderOutcome).join("\n") || "Nothing is parked.");
  if (outcomes.some(({ outcome }) => outcome !== "applied")) process.exitCode = ExitCode.finding;
}

async function discard(
  { plan, addresses }: FoundStream,
  { yes, reason, json }: ParkedArguments,
  id: string,
): Promise<void> {
  if (!yes || reason === undefined) {
    throw new WrongUsage("A discarded transaction is never applied: say --yes, and why with --reason.", []);
  }
  await discardParkedTransaction(plan, addresses, id, reason, { log });
  print(
    json,
    { stream: plan.name, discarded: id },
    () => `Transaction ${id} is discarded. Its rows differ from now on: see "strangler verify ${plan.name}".`,
  );
}

function print(json: boolean, value: unknown, text: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text()}\n`);
}

function renderParked(parked: readonly ParkedTransaction[]): string {
  const head = ["id", "state", "committed", "changes", "table", "key", "why"];
  const rows = parked.map(({ id, state, committedAt, changes, table, key, waitsFor, reason, discardReason }) => [
    id,
    state,
    committedAt,
    String(changes),
    table ?? "-",
    key ?? "-",
    discardReason ?? (waitsFor === null ? (reason ?? "-") : `waits for ${waitsFor}`),
  ]);
  return renderTable(head, rows, { right: [0, 3] });
}

function renderChange({ op, table, old, new: fresh }: ShownChange): string {
  const row = (values: Record<string, string | null>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} = ${value ?? "null"}`)
      .join(", ");
  const parts = [old === null ? "" : `was ${row(old)}`, fresh === null ? "" : row(fresh)].filter(Boolean);
  return `${op} ${table}: ${parts.join("; now ")}`;
}

function renderOutcome(outcome: RetryOutcome): string {
  if (outcome.outcome === "applied") return `${outcome.id}: applied, ${outcome.changes} changes`;
  if (outcome.outcome === "waits") return `${outcome.id}: waits for ${outcome.waitsFor}`;
  return `${outcome.id}: refused again, ${outcome.reason}`;
}
