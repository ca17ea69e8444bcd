// npm run fuzz -- [--pairs N] [--seed S] [--engine E] [--from N] [--connections N] [--out DIR]
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ExitCode, runMain } from "@strangler/platform";
import { ENGINE_NAMES } from "@strangler/proxy";
import { fuzz } from "./run.ts";

const OPTIONS = {
  pairs: { type: "string", default: "20000" },
  seed: { type: "string", default: "1" },
  engine: { type: "string", multiple: true },
  from: { type: "string", default: "0" },
  connections: { type: "string", default: "96" },
  out: { type: "string", default: path.join(tmpdir(), "strangler-fuzz-failures") },
} as const;

runMain(async () => {
  const { values } = parseArgs({ options: OPTIONS });
  for (const engine of values.engine ?? ENGINE_NAMES) {
    const report = await fuzz({
      engine,
      pairs: Number(values.pairs),
      seed: Number(values.seed),
      from: Number(values.from),
      connections: Number(values.connections),
      out: values.out,
      progress: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    if (report.failures.length === 0) continue;
    process.stderr.write(`The bytes of the failures are in ${values.out}\n`);
    process.exitCode = ExitCode.finding;
  }
});
