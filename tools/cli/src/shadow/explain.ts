import { readSourcePosition, waitUntilApplied } from "@strangler/cdc";
import { ExitCode } from "@strangler/platform";
import { MONOLITH, type Mismatch } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { askProxy, findAdmin } from "../route/proxy-admin.ts";
import { findStream } from "../stream/find-stream.ts";
import { askAgain } from "./ask-again.ts";
import { ProxyUnreachableError } from "./errors.ts";
import { explainMismatches, type Explanation } from "./explain-mismatches.ts";
import { readMismatches } from "./read-mismatches.ts";
import { readShadowReport } from "./read-shadow-report.ts";

type ExplainArguments = CommonArguments & { stream: string; admin?: string | undefined; json: boolean };

export const shadowExplainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain",
  describe: "Ask about every mismatch again, once the stream has caught up",
  builder: (yargs) =>
    yargs
      .option("stream", { type: "string", demandOption: true, describe: "The stream that feeds the service" })
      .option("admin", { type: "string", describe: "The proxy's admin address", defaultDescription: "of the stack" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 shadow explain --stream catalog", "status 1 when a difference stays"),
  handler: async (args) => {
    const { plan, addresses, stateDirectory } = await findStream(args, args.stream);
    const admin = await findAdmin(args.admin, stateDirectory);
    const [{ mismatches, overwritten }, report, routes] = await Promise.all([
      readMismatches(admin),
      readShadowReport(admin),
      askProxy(admin),
    ]);
    if (routes === undefined) throw new ProxyUnreachableError(admin.url);
    const rules = new Map(report.routes.map((each) => [each.route, each.rules]));
    const upstreams = new Map(routes.upstreams.map(({ name, url }) => [name, url]));

    const explanations = await explainMismatches({
      mismatches,
      settle: async () => waitUntilApplied(plan, addresses, await readSourcePosition(addresses.capture)),
      askAgain: (mismatch) => askAgain(mismatch, MONOLITH, upstreams, rules.get(mismatch.route)),
    });

    const summary = summarize(explanations, overwritten);
    process.stdout.write(`${args.json ? JSON.stringify(summary, null, 2) : render(summary)}\n`);
    // A mismatch that was dropped to make room can no longer be asked about, so nothing can be said for it.
    if (summary.unexplained.length > 0 || overwritten > 0) process.exitCode = ExitCode.finding;
  },
};

// --- internal ---

type Line = { method: string; path: string; route: string; attempts: number };
type ExplainReport = { explained: Line[]; unexplained: (Line & { difference: string })[]; overwritten: number };

function summarize(explanations: readonly Explanation<Mismatch>[], overwritten: number): ExplainReport {
  const report: ExplainReport = { explained: [], unexplained: [], overwritten };
  for (const explanation of explanations) {
    const { method, path, route } = explanation.mismatch;
    const line = { method, path, route, attempts: explanation.attempts };
    if (explanation.outcome === "explained") report.explained.push(line);
    else report.unexplained.push({ ...line, difference: explanation.difference });
  }
  return report;
}

function render({ explained, unexplained, overwritten }: ExplainReport): string {
  const lines = unexplained.map(
    ({ method, path, difference }) => `NOT explained  ${method} ${path}\n    ${difference}`,
  );
  if (overwritten > 0) lines.push(`${overwritten} older mismatches were dropped to make room; explain sooner.`);
  return [...lines, `${explained.length} explained by a change on its way, ${unexplained.length} not explained`].join(
    "\n",
  );
}
