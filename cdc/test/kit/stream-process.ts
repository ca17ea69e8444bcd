import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { waitFor } from "@strangler/platform";
import { startProcess, type TestProcess } from "@strangler/test-kit";
import { stringify } from "yaml";
import type { StreamAddresses, StreamPlan, StreamStatusJson } from "../../src/index.ts";

/** A stream in a process of its own, as `strangler stream start` would run it. */
export type StreamProcess = TestProcess & {
  /** What it says of itself; undefined while it does not answer. */
  status: () => Promise<StreamStatusJson | undefined>;
  waitForState: (state: StreamStatusJson["state"]) => Promise<void>;
};

export type StreamLauncher = {
  /** `env` comes on top of what a stream's process needs. */
  launch: (plan: StreamPlan, env?: Record<string, string>) => Promise<StreamProcess>;
  killAll: () => Promise<void>;
  close: () => Promise<void>;
};

/** Launches streams and, at the end, kills those that still run. */
export async function createLauncher(addresses: StreamAddresses): Promise<StreamLauncher> {
  const folder = await mkdtemp(path.join(tmpdir(), "stream-process-"));
  const launched: StreamProcess[] = [];
  const killAll = async () => {
    await Promise.all(launched.splice(0).map((stream) => stream.kill("SIGKILL")));
  };
  return {
    async launch(plan, env = {}) {
      const file = path.join(folder, `${plan.name}.yaml`);
      const { name, ...planned } = plan;
      await writeFile(file, stringify({ streams: { [name]: planned } }));
      const child = startProcess({
        script: path.join(import.meta.dirname, "../../src/main.ts"),
        env: {
          STRANGLER_STREAM: name,
          STREAMS_FILE: file,
          [`STRANGLER_DATABASE_${plan.source.toUpperCase()}_URL`]: addresses.source,
          [`STRANGLER_DATABASE_${plan.target.toUpperCase()}_URL`]: addresses.target,
          ...env,
        },
      });
      const stream = {
        ...child,
        status: () => ask(child),
        waitForState: (state: string) => waitForState(child, state),
      };
      launched.push(stream);
      return stream;
    },
    killAll,
    async close() {
      await killAll();
      await rm(folder, { recursive: true });
    },
  };
}

// --- internal ---

async function ask(child: TestProcess): Promise<StreamStatusJson | undefined> {
  const line = child.lines.find((each) => each.includes('"url"'));
  if (line === undefined) return undefined;
  const { url } = JSON.parse(line) as { url: string };
  const answer = await fetch(`${url}/status`);
  return (await answer.json()) as StreamStatusJson;
}

async function waitForState(child: TestProcess, state: string): Promise<void> {
  let hasEnded = false;
  void child.exited.then(() => (hasEnded = true));
  const isThere = async () => (await ask(child))?.state === state;
  await waitFor(`the state ${state}`, async () => hasEnded || (await isThere()), { limitMs: 60_000 });
  if (hasEnded) throw new Error(`the stream ended before it was ${state}:\n${child.lines.slice(-20).join("\n")}`);
}
