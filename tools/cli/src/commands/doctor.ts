import { ExitCode } from "@strangler/platform";
import { examine, type Finding } from "@strangler/stack";
import colors from "picocolors";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { examineStreams } from "../stream/examine-streams.ts";

type DoctorArguments = CommonArguments & { json: boolean };

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  command: "doctor",
  describe: "Look for what keeps the stack from running, and say what mends it",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "Print the findings as JSON" })
      .example("$0 doctor", "exit status 1 when something must be mended"),
  handler: async (args) => {
    const findings = [
      ...(await examine({ ...findDirectories(args), environment: process.env })),
      ...(await examineStreams(args)),
    ];
    process.stdout.write(`${args.json ? JSON.stringify(findings, null, 2) : findings.map(render).join("\n")}\n`);
    if (findings.some(({ outcome }) => outcome === "failed")) process.exitCode = ExitCode.finding;
  },
};

// --- internal ---

const WORD = { ok: colors.green("ok     "), missing: colors.yellow("missing"), failed: colors.red("failed ") };

function render({ check, outcome, found, fix }: Finding): string {
  const line = `${WORD[outcome]}  ${check.padEnd(17)}  ${found}`;
  return fix === undefined ? line : `${line}\n${" ".repeat(28)}${fix}`;
}
