import path from "node:path";
import { renderText, writeReport, type Comparison } from "@strangler/loadtest";
import type { Tour } from "../tour.ts";

// Short, to fit into the demo; `npm run compare` is the long form.
const PAIRS = "6";
const BLOCK = "4s";

/** The same load on both sides, in interleaved blocks. The reports stay when the shop is closed. */
export async function compareLoad({ strangler, narrator, findings, repository }: Tour): Promise<void> {
  narrator.step("Compare the load before and after, in interleaved blocks");
  const comparison = await strangler.json<Comparison>(
    ["compare", "--routes", "catalog-*", "--pairs", PAIRS, "--block", BLOCK],
    [0, 1],
  );
  for (const line of renderText(comparison).split("\n")) narrator.say(line);
  const { before, after } = comparison.sides;
  findings.comparedFailed = before.failed + after.failed;
  findings.reports = Object.values(await writeReport(path.join(repository, ".strangler/reports"), comparison));
}
