// The test command: every test of the repository, then what was not run and why, then one plain line of totals.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const results = path.join(root, ".cache/test-results.json");

await mkdir(path.dirname(results), { recursive: true });
await rm(results, { force: true });
const jest = spawn(
  process.execPath,
  [
    "--conditions=strangler-source",
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    path.join(root, "node_modules/jest/bin/jest.js"),
    "--json",
    `--outputFile=${results}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
);
const [status] = await once(jest, "close");
const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
  await readFile(results, "utf8"),
);

const notRun = testResults.flatMap((file) => file.assertionResults.filter((test) => test.status === "pending"));
if (notRun.length > 0) {
  console.log("\nNot run:");
  for (const { fullName } of notRun) console.log(`  ${fullName}`);
}
// A file that could not even be loaded holds tests that nobody counted; it must not look like zero failures.
console.log(
  `\n${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed, ${numPendingTests} skipped`,
);
process.exit(status ?? 1);
