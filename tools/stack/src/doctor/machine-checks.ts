import { existsSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import path from "node:path";
import { findJava } from "../kafka/java.ts";
import { failed, missing, ok, type Check } from "./finding.ts";

const MEMORY_NEEDED = 1_000_000_000;
const DISK_NEEDED = 2_000_000_000;
const LINUX_OR_MAC = ["linux", "darwin"];

export const checkNode: Check = () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 22 || (major === 22 && minor >= 18);
  return enough
    ? ok("Node", `${process.versions.node} (${process.execPath})`)
    : failed("Node", process.versions.node, 'Run "npm ci", which brings Node 24 along, and use "npx strangler".');
};

export const checkPlatform: Check = () => {
  const name = `${process.platform} ${process.arch}, ${availableParallelism()} cores`;
  return LINUX_OR_MAC.includes(process.platform)
    ? ok("platform", name)
    : failed("platform", name, "Work inside the Windows Subsystem for Linux.");
};

export const checkMemory: Check = () => {
  const free = availableMemory();
  const found = `${gigabytes(free)} free`;
  return free >= MEMORY_NEEDED
    ? ok("memory", found)
    : failed("memory", found, `Close something: the stack and its tools need ${gigabytes(MEMORY_NEEDED)}.`);
};

export const checkDisk: Check = async ({ stateDirectory }) => {
  const { bavail, bsize } = await statfs(nearestExisting(stateDirectory));
  const free = bavail * bsize;
  const found = `${gigabytes(free)} free for ${stateDirectory}`;
  return free >= DISK_NEEDED
    ? ok("disk", found)
    : failed("disk", found, `Free ${gigabytes(DISK_NEEDED)}, or name another place with --state.`);
};

export const checkChromium: Check = ({ environment }) => {
  const found = findProgram(["chromium", "chromium-browser", "google-chrome"], environment["PATH"]);
  return found === undefined
    ? missing("Chromium", "not found; the browser test is reported as not run", 'Run "apt-get install chromium".')
    : ok("Chromium", found);
};

export const checkJava: Check = ({ environment }) => {
  const found = findJava(environment);
  return typeof found === "string"
    ? missing(
        "Java",
        `${found}; no "strangler up --kafka", and tests with Kafka are reported as not run`,
        'Run "apt-get install openjdk-17-jre-headless maven".',
      )
    : ok("Java", `${found.java}, and Maven, for a Kafka from its jars`);
};

export const checkNginx: Check = ({ environment }) => {
  const found = findProgram(["nginx"], `${environment["PATH"] ?? ""}:/usr/sbin`);
  return found === undefined
    ? missing("nginx", "not found; the proxy is measured without it as a yardstick", 'Run "apt-get install nginx".')
    : ok("nginx", found);
};

/** The folder itself, or the nearest one above it that is there. */
export function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}

// --- internal ---

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

// freemem() leaves out what the kernel's caches would give back.
function availableMemory(): number {
  if (process.platform !== "linux") return freemem();
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function findProgram(names: readonly string[], searchPath = ""): string | undefined {
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}
