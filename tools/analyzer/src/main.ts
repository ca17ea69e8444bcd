import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { analyzeCommand } from "./commands/analyze.ts";
import { acceptCommand } from "./commands/accept.ts";
import { checkCommand } from "./commands/check.ts";
import { draftCommand } from "./commands/draft.ts";
import { explainCommand } from "./commands/explain.ts";
import { whatifCommand } from "./commands/whatif.ts";
import { UsageError } from "./errors.ts";

const INTERNAL_ERROR = 70;

try {
  await yargs(hideBin(process.argv))
    .scriptName("strangler-analyze")
    .command(analyzeCommand)
    .command(explainCommand)
    .command(whatifCommand)
    .command(acceptCommand)
    .command(draftCommand)
    .command(checkCommand)
    .option("color", {
      type: "boolean",
      default: true,
      describe: "Bold headings; --no-color or NO_COLOR turns them off",
    })
    .demandCommand(1, "Say what to do: analyze, explain, whatif, accept, draft or check.")
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      const usage = new UsageError(`${message} "strangler-analyze --help" shows the commands.`);
      throw (error as Error | undefined) ?? usage;
    })
    .epilogue(
      "Exit status: 0 done, 1 the code breaks what was agreed, 2 usage, 3 configuration invalid, 4 not writable, 70 internal error.",
    )
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
