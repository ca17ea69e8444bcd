import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  checkStream,
  readSourcePosition,
  readStreamStatus,
  serveStream,
  type ServedStream,
  StreamBusyError,
  StreamNotPossibleError,
  waitUntilApplied,
  type StreamRole,
  type StreamStatusJson,
} from "@strangler/cdc";
import { onTermination, waitFor } from "@strangler/platform";
import { findFreePort, startBackgroundProcess, stopBackgroundProcess } from "@strangler/stack";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { inheritedEnvironment } from "../inherited-environment.ts";
import { progress } from "../progress.ts";
import { WrongUsage } from "../wrong-usage.ts";
import { describeCopy } from "./describe-copy.ts";
import { findStream, kafkaOf, processName, rolesOf, type FoundStream } from "./find-stream.ts";
import { arm } from "./pause.ts";
import { askStreamProcess, findStreamProcess, type StreamProcess } from "./running-stream.ts";
import { StreamEndedError } from "./stream-ended-error.ts";

type StartArguments = CommonArguments & {
  stream: string;
  wait: boolean;
  armed: boolean;
  foreground: boolean;
  limit: number;
};

export const streamStartCommand: CommandModule<object, StartArguments> = {
  command: "start <stream>",
  describe: "Copy the stream's tables, then follow every change",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("wait", { type: "boolean", default: false, describe: "Return when the target has caught up" })
      .option("armed", {
        type: "boolean",
        default: false,
        describe: "Of two ways: keep its place in the log, apply nothing until resumed",
      })
      .option("foreground", { type: "boolean", default: false, describe: "Run it here until Ctrl-C" })
      .option("limit", { type: "number", default: 3_600, describe: "Seconds that --wait may take" })
      .example("$0 stream start catalog --wait", "copy, and return when it has caught up")
      .example("$0 stream start catalog --foreground", "see its log lines here"),
  handler: async (args) => {
    if (args.wait && args.foreground) throw new WrongUsage("Say --wait or --foreground, not both.", []);
    const found = await findStream(args, args.stream);
    if (args.armed) await arm(args);
    const running = await findStreamProcess(found.stateDirectory, args.stream);
    if (running?.running !== true) await assertFree(found);
    if (args.foreground) await runHere(found);
    else await runInBackground(found, args, running);
  },
};

// --- internal ---

const LOOK_EVERY_MS = 100;
const TELL_EVERY_MS = 5_000;
const START_LIMIT_MS = 60_000;

async function assertFree({ plan, addresses }: FoundStream): Promise<void> {
  const problems = await checkStream(plan, addresses);
  if (problems.length > 0) throw new StreamNotPossibleError(plan.name, problems);
  const { state } = await readStreamStatus(plan, addresses);
  if (["copying", "completing", "following"].includes(state))
    throw new StreamBusyError(plan.name, "started from elsewhere");
}

async function runHere(found: FoundStream): Promise<void> {
  const { plan, addresses, environment } = found;
  const token = process.env["STREAM_TOKEN"];
  const kafka = kafkaOf(found);
  const streams: ServedStream[] = [];
  for (const role of rolesOf(plan)) {
    const port = role === "publish" ? 0 : await metricsPort(environment);
    streams.push(await serveStream({ plan, addresses, logLevel: "info", metricsPort: port, token, kafka, role }));
  }
  onTermination(async () => {
    await Promise.all(streams.map((stream) => stream.close()));
  });
  await Promise.race(streams.map((stream) => stream.finished));
}

async function runInBackground(
  found: FoundStream,
  { wait, limit }: StartArguments,
  running: StreamProcess | undefined,
): Promise<void> {
  const { name } = found.plan;
  if (rolesOf(found.plan).includes("publish")) await launch(found, "publish");
  const process = running?.running === true ? running : await launch(found, "apply");
  const status = await untilAtWork(found, process);
  const verb = running?.running === true ? "already runs" : "runs";
  tell(
    `Stream ${name} ${verb} (process ${process.identity.pid}): ${status.state}. Log: ${path.relative(".", process.log)}`,
  );
  if (wait) await untilCaughtUp(found, process, limit * 1_000);
}

// A publisher that runs already is left alone.
async function launch(found: FoundStream, role: StreamRole): Promise<StreamProcess> {
  const { plan, streamsFile, stateDirectory, environment } = found;
  const port = role === "publish" ? await findFreePort() : await metricsPort(environment);
  const record = await startBackgroundProcess({
    stateDirectory,
    name: processName(plan.name, role),
    kind: "stream",
    script: entryPoint(),
    environment: {
      ...inheritedEnvironment(process.env),
      ...onlyAddresses(environment),
      STRANGLER_STREAM: plan.name,
      STRANGLER_ROLE: role,
      STREAMS_FILE: streamsFile,
      METRICS_PORT: String(port),
    },
    directory: path.dirname(path.dirname(streamsFile)),
    ports: { metrics: port },
    healthUrl: `http://127.0.0.1:${port}/readyz`,
  });
  return { ...record, running: true };
}

// The plan keeps one port; a second stream beside the first takes any.
async function metricsPort(environment: Record<string, string>): Promise<number> {
  const kept = Number(environment["STRANGLER_PORT_STREAM_METRICS"] ?? 0);
  const taken =
    kept !== 0 &&
    (await fetch(`http://127.0.0.1:${kept}/livez`).then(
      () => true,
      () => false,
    ));
  return kept === 0 || taken ? findFreePort() : kept;
}

function entryPoint(): string {
  const door = fileURLToPath(import.meta.resolve("@strangler/cdc"));
  return path.join(path.dirname(door), `main${path.extname(door)}`);
}

function onlyAddresses(environment: Record<string, string>): Record<string, string> {
  const isAddress = /^STRANGLER_((DATABASE|CAPTURE|APPLY)_.*_URL|KAFKA_.*)$/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isAddress.test(name)));
}

/** Asks the process until `done` likes its answer. Throws StreamEndedError as soon as the process is gone. */
async function untilStatus(
  found: FoundStream,
  process: StreamProcess,
  what: string,
  limitMs: number,
  done: (status: StreamStatusJson) => boolean,
): Promise<StreamStatusJson> {
  const gone = new AbortController();
  return waitFor(
    `the stream "${found.plan.name}" to ${what}`,
    async () => {
      const status = await askStreamProcess(process);
      if (status === undefined) await noticeEnd(found, process, gone);
      if (status?.state === "waiting") throw new Error(status.reason);
      return status !== undefined && done(status) ? status : undefined;
    },
    { limitMs, everyMs: LOOK_EVERY_MS, signal: gone.signal },
  );
}

function untilAtWork(found: FoundStream, process: StreamProcess): Promise<StreamStatusJson> {
  const atWork = ({ state }: StreamStatusJson) => ["copying", "completing", "following"].includes(state);
  return untilStatus(found, process, "begin", START_LIMIT_MS, atWork);
}

async function untilCaughtUp(found: FoundStream, process: StreamProcess, limitMs: number): Promise<void> {
  const startedAt = performance.now();
  let told = 0;
  const tellCopy = copyTeller();
  const { copied } = await untilStatus(found, process, "copy its tables", limitMs, (status) => {
    for (const { table, rows, ms } of status.copied.slice(told)) progress(`copied ${table}: ${rows} rows in ${ms} ms`);
    told = status.copied.length;
    tellCopy(status.copy);
    return status.state === "following";
  });
  const position = await readSourcePosition(found.addresses.capture);
  const restMs = Math.max(1_000, limitMs - (performance.now() - startedAt));
  await waitUntilApplied(found.plan, found.addresses, position, { limitMs: restMs });
  const rows = copied.reduce((sum, table) => sum + table.rows, 0);
  if (copied.length > 0) tell(`Copied ${copied.length} tables, ${rows} rows.`);
  tell(`Caught up: everything the source had committed before ${position} is on the target.`);
}

/** Says how far a copy has come, not oftener than every few seconds. */
function copyTeller(): (copy: StreamStatusJson["copy"]) => void {
  let toldAt = performance.now();
  return (copy) => {
    if (copy === null || copy.share === 1 || performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    progress(describeCopy(copy));
  };
}

async function noticeEnd(
  { plan, stateDirectory }: FoundStream,
  process: StreamProcess,
  gone: AbortController,
): Promise<void> {
  const now = await findStreamProcess(stateDirectory, plan.name);
  if (now?.running === true) return;
  await stopBackgroundProcess(stateDirectory, processName(plan.name));
  gone.abort(new StreamEndedError(plan.name, await lastWords(process.log), process.log));
}

// A known failure is one plain line after the JSON lines of the log.
async function lastWords(log: string): Promise<string> {
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n");
  const firstPlain = lines.findLastIndex((line) => line.startsWith("{")) + 1;
  return lines.slice(firstPlain).join("\n");
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
