import type { Tour } from "../tour.ts";

/** Lets the analyzer propose boundaries for the monolith. */
export async function analyzeTheMonolith({ strangler, narrator }: Tour): Promise<void> {
  narrator.step("Ask the analyzer where the monolith could be cut");
  const { output } = await strangler.run(["analyze", "monolith", "--schema", "migrations/monolith"]);
  for (const line of output.trimEnd().split("\n")) narrator.say(line);
}
