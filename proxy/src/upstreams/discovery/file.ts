import { readFile } from "node:fs/promises";
import { errorCode, parsePlanText } from "@strangler/platform";
import { z } from "zod";
import { followFiles } from "../../follow-files.ts";
import type { FilePlan } from "../pool-plan.ts";
import { upstreamUrl } from "../upstream-url.ts";
import type { Discovery, DiscoveryEvents } from "./discovery.ts";

/** Follows a YAML or JSON list: addresses, or objects with `url` and `weight`. */
export function followInstancesFile({ file }: FilePlan, { found, failed }: DiscoveryEvents): Discovery {
  let closed = false;

  async function look(): Promise<void> {
    try {
      const { value } = parsePlanText(file, await readFile(file, "utf8"), instancesSchema);
      if (!closed) found(value.map(({ url, weight }) => ({ origin: new URL(url).origin, weight, priority: 0 })));
    } catch (error) {
      if (!closed) failed(errorCode(error) === "ENOENT" ? `there is no file ${file}` : describe(error));
    }
  }

  const following = followFiles(() => [file], look);
  void following.look();
  return {
    from: `file ${file}`,
    close: () => {
      closed = true;
      following.close();
    },
  };
}

// --- internal ---

const weighted = z.strictObject({ url: upstreamUrl, weight: z.number().int().min(1).max(1_000).default(1) });

const instancesSchema = z.array(z.preprocess((each) => (typeof each === "string" ? { url: each } : each), weighted));

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
