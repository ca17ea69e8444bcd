// npm run chaos [-- --kills N]: real processes, really killed, under load; then every row is counted.
import { parseArgs } from "node:util";
import { ExitCode, runMain } from "@strangler/platform";
import { run } from "./stream-kill.ts";

runMain(async () => {
  const { values } = parseArgs({ options: { kills: { type: "string", default: "100" } } });
  const report = await run({ kills: Number(values.kills), progress: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  const { lost, doubled, torn } = report;
  if (lost + doubled + torn > 0) process.exitCode = ExitCode.finding;
});
