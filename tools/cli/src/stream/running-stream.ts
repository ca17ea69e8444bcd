import type { StreamStatusJson } from "@strangler/cdc";
import { findBackgroundProcess, type ProcessRecord } from "@strangler/stack";
import { processName } from "./find-stream.ts";

export type StreamProcess = ProcessRecord & { running: boolean };

/** The process that runs the stream here, if one was started and not stopped. */
export function findStreamProcess(stateDirectory: string, stream: string): Promise<StreamProcess | undefined> {
  return findBackgroundProcess(stateDirectory, processName(stream));
}

/** What the process says of itself; undefined while it does not answer. */
export async function askStreamProcess({ ports }: ProcessRecord): Promise<StreamStatusJson | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${ports["metrics"]}/status`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? ((await answer.json()) as StreamStatusJson) : undefined;
  } catch {
    return undefined;
  }
}
