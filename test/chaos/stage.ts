// Two servers, a network to each of them, and the stream as a process of its own.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { getStreamAddresses, type StreamAddresses } from "@strangler/cdc";
import { startProcess, type TestProcess } from "@strangler/test-kit";
import { stringify } from "yaml";
import type { Needs } from "./kinds.ts";
import { LEDGER, prepareLedger } from "./ledger.ts";
import { startNetwork, type Network } from "./network.ts";
import { mountSmallDisk, startServer, type ChaosServer, type SmallDisk } from "./server.ts";

export type Stage = {
  source: ChaosServer;
  target: ChaosServer;
  toSource: Network;
  toTarget: Network;
  /** The disk of what the stream keeps; only where the kind needs one. */
  spool: SmallDisk | undefined;
  stream: StreamOnStage;
  /** Straight to the servers. */
  addresses: StreamAddresses;
  close: () => Promise<void>;
};

export type StreamOnStage = {
  killAndRestart: () => Promise<void>;
  /** Waits until the present process follows. */
  follows: () => Promise<void>;
  /** How often it was killed before it followed. */
  killedEarly: () => number;
  /** Throws with its last words when it has ended by itself. */
  assertAlive: () => void;
  stop: () => Promise<void>;
};

export async function createStage(needs: Needs): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), "chaos-"));
  const [source, target] = await Promise.all([
    // The smallest memory there is for a transaction that is decoded: a larger one is sent while it runs.
    startServer({ settings: { logical_decoding_work_mem: "64kB" } }),
    startServer(needs.targetDisk ? { diskMegabytes: DISK_MEGABYTES, settings: SMALL_LOG } : {}),
  ]);
  await Promise.all([prepareLedger(source.url(), true), prepareLedger(target.url(), false)]);
  const [toSource, toTarget] = await Promise.all([startNetwork(source.port), startNetwork(target.port)]);
  const spool = needs.spoolDisk ? await mountSmallDisk(path.join(folder, "spool"), SPOOL_MEGABYTES) : undefined;
  const environment = {
    STRANGLER_DATABASE_BANK_URL: through(source.url(), toSource),
    STRANGLER_DATABASE_COPY_URL: through(target.url(), toTarget),
    ...(spool === undefined ? {} : { TMPDIR: spool.folder }),
  };
  const stream = await startStreamOnStage(folder, environment);
  const direct = { STRANGLER_DATABASE_BANK_URL: source.url(), STRANGLER_DATABASE_COPY_URL: target.url() };
  return {
    source,
    target,
    toSource,
    toTarget,
    spool,
    stream,
    addresses: getStreamAddresses(LEDGER, direct),
    async close() {
      await stream.stop();
      await Promise.all([toSource.close(), toTarget.close(), source.remove(), target.remove()]);
      await spool?.unmount();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// --- internal ---

const DISK_MEGABYTES = 400;
const SPOOL_MEGABYTES = 16;
const SMALL_LOG = { max_wal_size: "64MB", min_wal_size: "32MB" };
const FOLLOW_LIMIT_MS = 90_000;

function through(address: string, network: Network): string {
  const url = new URL(address);
  url.port = String(network.port);
  return url.href;
}

async function startStreamOnStage(folder: string, environment: Record<string, string>): Promise<StreamOnStage> {
  const { name, ...planned } = LEDGER;
  const file = path.join(folder, "streams.yaml");
  await writeFile(file, stringify({ streams: { [name]: planned } }));
  const script = path.join(import.meta.dirname, "../../cdc/src/main.ts");
  const launch = () => startProcess({ script, env: { ...environment, STRANGLER_STREAM: name, STREAMS_FILE: file } });
  let child = launch();
  let killedEarly = 0;
  const assertAlive = () => {
    const last = child.lines.at(-1) ?? "";
    if (last !== "" && !last.startsWith("{")) throw new Error(`The stream ended by itself: ${lastWords(child)}`);
  };
  return {
    async killAndRestart() {
      assertAlive();
      if (!isFollowing(child)) killedEarly += 1;
      await child.kill("SIGKILL");
      child = launch();
    },
    follows: async () => {
      await child.waitForLine(/"following"/, FOLLOW_LIMIT_MS);
    },
    killedEarly: () => killedEarly,
    assertAlive,
    stop: () => child.kill("SIGKILL"),
  };
}

function isFollowing({ lines }: TestProcess): boolean {
  return lines.some((line) => line.includes('"following"'));
}

function lastWords({ lines }: TestProcess): string {
  return lines.slice(-5).join("\n");
}
