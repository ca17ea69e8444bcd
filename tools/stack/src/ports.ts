import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import path from "node:path";
import { errorCode } from "@strangler/platform";
import { PortInUseError } from "./errors.ts";
import type { StackPlan } from "./plan/schema.ts";
import type { StackPorts } from "./state/stack-record.ts";

/** The plan's ports, or as many that nobody listens on at this moment. */
export async function choosePorts(plan: StackPlan, mode: "plan" | "free"): Promise<StackPorts> {
  const free = mode === "free" ? await findFreePorts(countPorts(plan)) : [];
  const choose = (planned: number) => free.pop() ?? planned;
  const chooseAll = (ports: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, choose(port)]));
  return {
    mode,
    postgres: choose(plan.postgres.port),
    processes: Object.fromEntries(Object.entries(plan.processes).map(([name, { ports }]) => [name, chooseAll(ports)])),
    kept: chooseAll(plan.ports),
  };
}

/** Throws PortInUseError, which names the process that listens there where the system tells. */
export async function assertPortFree(port: number, wantedBy: string): Promise<void> {
  const server = createServer();
  try {
    await listenOn(server, port);
  } catch (error) {
    if (errorCode(error) !== "EADDRINUSE") throw error;
    throw new PortInUseError({ port, wantedBy, holder: findHolder(port) });
  }
  await closed(server);
}

/** Who listens on the port, as "node (process 123)"; undefined where the system does not tell. */
export function findHolder(port: number): string | undefined {
  try {
    const inodes = listeningInodes(port);
    const pid = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && holdsSocket(entry, inodes));
    return pid === undefined ? undefined : `${path.basename(readlinkSync(`/proc/${pid}/exe`))} (process ${pid})`;
  } catch {
    return undefined;
  }
}

// --- internal ---

function countPorts(plan: StackPlan): number {
  const counts = [plan.ports, ...Object.values(plan.processes).map(({ ports }) => ports)];
  return counts.reduce((sum, ports) => sum + Object.keys(ports).length, 1);
}

// All are held open until the last is found, so that no number comes twice.
async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => listenOn(server, 0)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(closed));
  return ports;
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen({ port, host: "127.0.0.1", exclusive: true });
  await once(server, "listening");
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

const LISTENING = "0A";

function listeningInodes(port: number): Set<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => readFileSync(file, "utf8").split("\n"));
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return new Set(rows.filter((row) => row[1]?.endsWith(`:${hex}`) && row[3] === LISTENING).map((row) => row[9] ?? ""));
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    return false;
  }
}
