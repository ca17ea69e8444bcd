import { readFileSync } from "node:fs";
import { waitFor } from "@strangler/platform";
import { endProcess } from "../process/end.ts";
import { identify } from "../process/identity.ts";
import { judgeDataDirectory, readDataDirectory } from "./data-directory.ts";

/**
 * Ends the server of the data directory: "fast", that is sessions are ended and a checkpoint is written. Needs no programs, so
 * that a stack can be stopped after its packages were removed. Answers whether there was one.
 */
export async function stopEmbeddedServer(dataDirectory: string): Promise<boolean> {
  const facts = readDataDirectory(dataDirectory);
  const found = judgeDataDirectory({ ...facts, complete: true }, facts.version ?? 0);
  const server = found.state === "running" ? identify(found.pid) : undefined;
  if (!server) return false;
  const children = childrenOf(server.pid);
  // SIGINT is PostgreSQL's "fast" shutdown; SIGTERM would wait for every session to leave by itself.
  process.kill(server.pid, "SIGINT");
  await waitFor("PostgreSQL to stop", () => identify(server.pid)?.began !== server.began, { limitMs: 30_000 }).catch(
    () => endProcess(server, { drainMs: 0 }),
  );
  await waitFor("PostgreSQL's processes to end", () => children.every((pid) => identify(pid) === undefined));
  return true;
}

// --- internal ---

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
