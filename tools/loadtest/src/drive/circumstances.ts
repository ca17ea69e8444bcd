import { arch, cpus, platform, release, totalmem } from "node:os";
import type { Circumstances } from "../run.ts";

/** The machine that makes the load. */
export function describeMachine(): Omit<Circumstances, "commit" | "dataSize"> {
  const processors = cpus();
  return {
    machine: processors[0]?.model.trim() || `${arch()} processor`,
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}
