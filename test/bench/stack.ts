import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readStackStatus, startStack, stopStack } from "@strangler/stack";
import type { Bench } from "./result.ts";

const LIMITS = { healthyMs: 20_000, memoryMb: 600 };

/** The whole stack from nothing: how long until everything is healthy, and its memory as proportional set size. */
export const run: Bench = async ({ progress }) => {
  const planDirectory = path.resolve(import.meta.dirname, "../../plan");
  const stateDirectory = await mkdtemp(path.join(tmpdir(), "strangler-bench-"));
  try {
    const startedAt = performance.now();
    await startStack({
      planDirectory,
      stateDirectory,
      ports: "free",
      seed: "small",
      detached: true,
      onProgress: progress,
    });
    const healthyMs = Math.round(performance.now() - startedAt);
    const { memoryBytes = 0, processes } = await readStackStatus(stateDirectory);
    const memoryMb = toMegabytes(memoryBytes);
    return {
      name: "stack",
      ratios: { healthyToLimit: healthyMs / LIMITS.healthyMs, memoryToLimit: memoryMb / LIMITS.memoryMb },
      table: [
        ["what", "measured", "limit"],
        ["from nothing to healthy, ms", healthyMs, LIMITS.healthyMs],
        ["memory of all processes, MB", memoryMb, LIMITS.memoryMb],
        ...processes.map(({ name, memoryBytes: bytes = 0 }) => [`  ${name}`, toMegabytes(bytes), ""]),
      ],
      notes: [
        "The cluster is initialised, migrated and seeded (small) within the time.",
        "Memory is the proportional set size, so that what PostgreSQL's processes share counts once.",
      ],
      figures: { healthyMs, memoryMb, processes },
    };
  } finally {
    await stopStack({ stateDirectory, purge: true });
    await rm(stateDirectory, { recursive: true, force: true });
  }
};

// --- internal ---

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
