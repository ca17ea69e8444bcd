import type { Tour } from "../tour.ts";

/** Copies the tables of the stream and follows every change from then on. */
export async function copyAndFollow({ strangler, narrator }: Tour): Promise<void> {
  narrator.step("Copy the catalog's tables, and follow every change from then on");
  const { output } = await strangler.run(["stream", "start", "catalog", "--wait"]);
  for (const line of output.trimEnd().split("\n")) narrator.say(line);
}
