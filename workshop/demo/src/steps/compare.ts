import type { Tour } from "../tour.ts";

const PAIRS = 6;
const BLOCK = "4s";

type ComparisonAnswer = { headline: string; reports: { html: string; json: string } };

/** The same load on both sides, in interleaved blocks. */
export async function compareLoad({ strangler, narrator, findings }: Tour): Promise<void> {
  narrator.step("Compare the load before and after, in interleaved blocks");
  const args = ["compare", "--scenario", "browse-and-buy", "--routes", "catalog-*", "--before", "monolith"];
  const { headline, reports } = await strangler.json<ComparisonAnswer>([
    ...args,
    "--after",
    "service",
    "--pairs",
    String(PAIRS),
    "--block",
    BLOCK,
  ]);
  findings.comparison = { headline, reports };
  narrator.say(headline);
}
