import { existsSync } from "node:fs";
import path from "node:path";
import type { Tour } from "../tour.ts";

/** Ends every process and removes every file of the demo but its reports. */
export async function closeTheShop({ strangler, narrator }: Tour): Promise<void> {
  narrator.step("Close the shop");
  await strangler.run(["down", "--purge"]);
}

/** A demo that was killed could not close its shop; the next one does it. */
export async function closeEarlierRun({ strangler, narrator, home }: Tour): Promise<void> {
  if (!existsSync(path.join(home, ".strangler"))) return;
  narrator.say("Removing what an earlier, interrupted demo has left");
  await strangler.run(["down", "--purge"]);
}
