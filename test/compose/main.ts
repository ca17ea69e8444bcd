// npm run check:compose
import path from "node:path";
import { ExitCode, runMain } from "@strangler/platform";
import { checkCompose } from "./check-compose.ts";

runMain(async () => {
  const problems = await checkCompose(path.resolve(import.meta.dirname, "../.."));
  for (const { file, line, reason } of problems) {
    process.stderr.write(`${line === undefined ? file : `${file}:${line}`}: ${reason}\n`);
  }
  if (problems.length > 0) process.exitCode = ExitCode.finding;
});
