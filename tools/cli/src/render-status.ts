import type { ProcessStatus, StackStatus } from "@strangler/stack";
import colors from "picocolors";
import { renderTable } from "./render-table.ts";

/** The one table of what runs where. Fits 80 columns. */
export function renderStatus(status: StackStatus): string {
  if (status.processes.length === 0) return `Nothing runs. Start it with "strangler up -d".`;
  const rows = status.processes.flatMap(rowsOf);
  const table = renderTable(["name", "state", "where", "process", "up", "memory"], rows, { right: [3, 4, 5] });
  return [table, ...footer(status)].join("\n");
}

// --- internal ---

const PAINT = {
  healthy: colors.green,
  unwell: colors.yellow,
  dead: colors.red,
  stopped: colors.dim,
} satisfies Record<ProcessStatus["state"], (text: string) => string>;

function rowsOf(status: ProcessStatus): string[][] {
  const { name, state, why, ports, pid, uptimeSeconds, memoryBytes } = status;
  const [first = "", ...others] = Object.entries(ports).map(([port, number]) => addressOf(port, number));
  const word = PAINT[state](state);
  const row = [
    name,
    word,
    first,
    pid === undefined ? "" : String(pid),
    duration(uptimeSeconds),
    megabytes(memoryBytes),
  ];
  const further = others.map((address) => ["", "", address, "", "", ""]);
  const reason = why === undefined || state === "dead" ? [] : [["", "", why, "", "", ""]];
  return [row, ...further, ...reason];
}

function addressOf(port: string, number: number): string {
  if (port === "http") return `http://127.0.0.1:${number}`;
  return `${port === "sql" ? "" : `${port} `}127.0.0.1:${number}`;
}

function footer({ server, seeds, memoryBytes, foreground }: StackStatus): string[] {
  const total = memoryBytes === undefined ? [] : [`memory    ${megabytes(memoryBytes)} in all (proportional set size)`];
  const filled = Object.entries(seeds).map(([database, size]) => `${database}: ${size}`);
  return [
    "",
    ...total,
    ...(server ? [`database  ${server.kind === "own" ? `your server at ${server.at}` : server.home}`] : []),
    ...(foreground === undefined ? [] : [`kept by   process ${foreground}, in its terminal: Ctrl-C there stops it`]),
    ...(filled.length > 0 ? [`seed      ${filled.join(", ")}`] : []),
  ];
}

export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : `${Math.round(bytes / 1_048_576)} MB`;
}
