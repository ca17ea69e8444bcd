import { readStreamStatus, type CopyStatus, type StoredStreamStatus, type StreamStatusJson } from "@strangler/cdc";
import { ExitCode, isKnownError } from "@strangler/platform";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { describeCopy } from "./describe-copy.ts";
import { renderTable } from "../render-table.ts";
import { findStreams, type FoundStream } from "./find-stream.ts";
import { askStreamProcess, findStreamProcess } from "./running-stream.ts";

type StatusArguments = CommonArguments & { stream?: string | undefined; json: boolean };

/** One stream, as `strangler stream status --json` tells it. */
export type StreamReport = Omit<StoredStreamStatus, "state"> & {
  source: string;
  target: string;
  state: StoredStreamStatus["state"] | StreamStatusJson["state"];
  /** Why it waits, or why nothing can be told. */
  reason: string | null;
  received: string | null;
  /** Age of the oldest transaction that waits for the target; null when the process does not run and something may wait. */
  lagMs: number | null;
  changesPerSecond: number | null;
  changes: number | null;
  /** How far a copy has come, or the reading of what it has not brought; null when there was none since the process began. */
  copy: CopyStatus | null;
  lagTransactions: number | null;
  /** Rows by target table: written since the process began, and waiting. */
  tables: StreamStatusJson["tables"];
  alarms: StreamStatusJson["alarms"];
  /** Readers of the target may see source transactions in part. */
  mayTear: boolean;
  pid: number | null;
  metricsUrl: string | null;
};

export const streamStatusCommand: CommandModule<object, StatusArguments> = {
  command: "status [stream]",
  describe: "Show where streams stand and how far they lag",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", describe: "One of them; all without a name" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 stream status", "a table; works when nothing runs, too")
      .example("$0 stream status --json", "the same for a program to read"),
  handler: async (args) => {
    const streams = await Promise.all((await findStreams(args, args.stream)).map(readReport));
    process.stdout.write(`${args.json ? JSON.stringify({ streams }, null, 2) : render(streams)}\n`);
    if (streams.some(({ reason }) => reason !== null)) process.exitCode = ExitCode.environment;
  },
};

// --- internal ---

async function readReport(found: FoundStream): Promise<StreamReport> {
  const { plan, stateDirectory } = found;
  const record = await findStreamProcess(stateDirectory, plan.name);
  const process = record?.running === true ? record : undefined;
  const live = process === undefined ? undefined : await askStreamProcess(process);
  const stored = await readStored(found);
  const idle = stored.lagBytes === 0 ? 0 : null;
  return {
    ...stored,
    source: plan.source,
    target: plan.target,
    state: live?.state ?? stored.state,
    reason: live?.reason ?? stored.reason,
    received: live?.received ?? null,
    applied: live?.state === "following" ? live.applied : stored.applied,
    lagBytes: live?.state === "following" ? live.lagBytes : stored.lagBytes,
    lagMs: live?.state === "following" ? live.lagMs : idle,
    changesPerSecond: live?.changesPerSecond ?? null,
    changes: live?.changes ?? null,
    copy: live?.copy ?? null,
    lagTransactions: live?.lagTransactions ?? null,
    tables: live?.tables ?? [],
    alarms: live?.alarms ?? [],
    mayTear: plan.through?.order === "per-key",
    pid: process?.identity.pid ?? null,
    metricsUrl: process === undefined ? null : `http://127.0.0.1:${process.ports["metrics"]}/metrics`,
  };
}

type Stored = StoredStreamStatus & { reason: string | null };

async function readStored({ plan, addresses }: FoundStream): Promise<Stored> {
  try {
    return { ...(await readStreamStatus(plan, addresses)), reason: null };
  } catch (error) {
    if (!isKnownError(error)) throw error;
    return { ...UNREADABLE, stream: plan.name, reason: error.message };
  }
}

const UNREADABLE = {
  state: "stopped",
  applied: null,
  confirmed: null,
  sourcePosition: "0/0",
  lagBytes: null,
  lastCommittedAt: null,
  control: { mode: "applying", since: null, reason: null },
  parked: { transactions: 0, oldestAt: null, awaitingRepair: 0 },
  guard: null,
  drift: null,
  slot: null,
} as const;

function render(streams: readonly StreamReport[]): string {
  const head = ["stream", "state", "received", "applied", "confirmed", "lag", "ms", "slot"];
  const rows = streams.map((stream) => [
    stream.stream,
    stream.control.mode === "applying" ? stream.state : `${stream.state}, ${stream.control.mode}`,
    stream.received ?? "-",
    stream.applied ?? "-",
    stream.confirmed ?? "-",
    stream.lagBytes === null ? "-" : `${stream.lagBytes} B`,
    stream.lagMs === null ? "-" : String(stream.lagMs),
    stream.slot === null ? "none" : stream.slot.walStatus,
  ]);
  const reasons = streams.flatMap(({ stream, reason }) => (reason === null ? [] : [`${stream}: ${reason}`]));
  const copies = streams.flatMap(({ stream, copy }) =>
    copy === null || copy.share === 1 ? [] : [`${stream}: ${describeCopy(copy)}`],
  );
  const torn = streams.flatMap(({ stream, mayTear }) =>
    mayTear ? [`${stream}: goes key by key; transactions may be seen in part`] : [],
  );
  const alarms = streams.flatMap(({ stream, alarms: on }) =>
    on.map(({ name, sentence, since }) => `${stream}: ALARM ${name} since ${since}: ${sentence}`),
  );
  const lines = [...reasons, ...copies, ...torn, ...streams.flatMap(describeParked), ...alarms];
  return [renderTable(head, rows, { right: [5, 6] }), ...lines].join("\n");
}

function describeParked({ stream, control, parked }: StreamReport): string[] {
  return [
    ...(control.reason === null ? [] : [`${stream}: ${control.mode} since ${control.since ?? "-"}, ${control.reason}`]),
    ...(parked.transactions === 0
      ? []
      : [
          `${stream}: ${parked.transactions} transactions are parked, the oldest since ${parked.oldestAt ?? "-"}: "strangler stream parked ${stream}"`,
        ]),
    ...(parked.awaitingRepair === 0
      ? []
      : [`${stream}: ${parked.awaitingRepair} rows wait to be read from the source again`]),
  ];
}
