import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "@strangler/platform";

/** Where a process id means something. Two containers may share a folder and even a host name, and still count processes apart. */
export const MACHINE = `${hostname()} ${pidNamespace()}`.trim();

/** Whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return errorCode(error) === "EPERM";
  }
}

// --- internal ---

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
