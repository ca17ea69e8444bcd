import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { analyzeCommand } from "./commands/analyze.ts";
import { checkImportsCommand } from "./commands/check-imports.ts";

const USAGE_ERROR = 2;
const INTERNAL_ERROR = 70;

class UsageError extends Error {
  readonly code = "USAGE";
  readonly exitCode = USAGE_ERROR;

  constructor(message: string) {
    super(`${message} "strangler-analyze --help" shows the commands.`);
  }
}

try {
  await yargs(hideBin(process.argv))
    .scriptName("strangler-analyze")
    .command(analyzeCommand)
    .command(checkImportsCommand)
    .option("color", {
      type: "boolean",
      default: true,
      describe: "Bold headings; --no-color or NO_COLOR turns them off",
    })
    .demandCommand(1, "Say what to do: analyze or check-imports.")
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw (error as Error | undefined) ?? new UsageError(message);
    })
    .epilogue("Exit status: 0 done, 1 a rule is broken, 2 usage, 3 rules invalid, 70 internal error.")
    .parseAsync();
} catch (error) {
  report(error);
}

// --- internal ---

// Foreseen errors are one line; anything else is a defect and shows its stack.
function report(error: unknown): void {
  const known = error instanceof Error && "exitCode" in error && typeof error.exitCode === "number";
  process.exitCode = known ? Number(error.exitCode) : INTERNAL_ERROR;
  const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
}
