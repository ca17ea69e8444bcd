import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * A process that cannot be mistaken for another: a pid is given to a stranger some time after its process has died, and
 * ending a stranger would be worse than leaving something behind. So a pid counts only with the moment it was started.
 */
export type ProcessIdentity = {
  pid: number;
  /** Opaque: the boot and the tick at which the process began. */
  began: string;
};

/** Who has this pid now; undefined when nobody has, or only the remains of a process that has ended. */
export function identify(pid: number): ProcessIdentity | undefined {
  const began = process.platform === "linux" ? beganOnLinux(pid) : beganElsewhere(pid);
  return began === undefined ? undefined : { pid, began };
}

/** Whether that very process still runs. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.began === identity.began;
}

// --- internal ---

function beganOnLinux(pid: number): string | undefined {
  const stat = tryRead(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold spaces and parentheses itself: proc_pid_stat(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  // A zombie has ended; in a container without an init process nobody ever collects it.
  if (state === "Z" || state === "X") return undefined;
  return `${bootId()}/${fields[19]}`;
}

let boot: string | undefined;

function bootId(): string {
  boot ??= (tryRead("/proc/sys/kernel/random/boot_id") ?? "unknown").trim();
  return boot;
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function beganElsewhere(pid: number): string | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}
