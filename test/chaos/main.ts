// npm run chaos -- [--kind K] [--kills N] [--runs R]: real processes, really killed, under load; then every row is counted.
// --kind takes one kind or "all"; --kills is how often each kind happens; --runs spreads that many over all kinds.
import { parseArgs } from "node:util";
import { ExitCode, runMain } from "@strangler/platform";
import { KINDS, type Kind } from "./kinds.ts";
import { isClean, runKind, type KindReport } from "./run-kind.ts";
import { canMount } from "./server.ts";

runMain(async () => {
  const { values } = parseArgs({
    options: {
      kind: { type: "string" },
      kills: { type: "string", default: "100" },
      runs: { type: "string" },
    },
  });
  const kinds = await chosenKinds(values.kind ?? (values.runs === undefined ? "stream" : "all"));
  const kills = values.runs === undefined ? Number(values.kills) : Math.ceil(Number(values.runs) / kinds.length);
  const reports: KindReport[] = [];
  const broken: string[] = [];
  for (const kind of kinds) {
    try {
      reports.push(await runKind({ kind, kills, progress: say }));
    } catch (error) {
      broken.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      say(broken.at(-1) ?? "");
    }
  }
  say(render(reports));
  process.stdout.write(`${JSON.stringify({ reports, broken }, null, 2)}\n`);
  if (broken.length > 0 || !reports.every(isClean)) process.exitCode = ExitCode.finding;
});

// --- internal ---

async function chosenKinds(given: string): Promise<readonly Kind[]> {
  if (given !== "all") {
    const kind = KINDS.find((each) => each === given);
    if (kind === undefined) throw new Error(`There is no kind "${given}". There are: all, ${KINDS.join(", ")}.`);
    return [kind];
  }
  if (await canMount()) return KINDS;
  say("Not run: target-disk, spool-disk (only root can make a small disk).");
  return KINDS.filter((kind) => !kind.endsWith("-disk"));
}

const COLUMNS = [
  "kind",
  "kills",
  "transactions",
  "rows",
  "lost",
  "doubled",
  "reordered",
  "torn",
  "snapshots",
  "seconds",
] as const;

function render(reports: readonly KindReport[]): string {
  const cells = [COLUMNS.map(String), ...reports.map((report) => COLUMNS.map((column) => String(report[column])))];
  const widths = COLUMNS.map((_, place) => Math.max(...cells.map((row) => row[place]?.length ?? 0)));
  return cells.map((row) => row.map((cell, place) => cell.padStart(widths[place] ?? 0)).join("  ")).join("\n");
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
