import { existsSync } from "node:fs";
import path from "node:path";
import { adviceLine, preflight } from "@strangler/cdc";
import { errorCode, isKnownError } from "@strangler/platform";
import type { Finding } from "@strangler/stack";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { findStreams, type FoundStream } from "./find-stream.ts";

/** What both databases of every stream lack, for those that answer. Nothing where there is no plan of streams. */
export async function examineStreams(args: CommonArguments): Promise<Finding[]> {
  if (!existsSync(path.join(findDirectories(args).planDirectory, "streams.yaml"))) return [];
  try {
    const streams = await findStreams(args, undefined);
    return (await Promise.all(streams.map(examineStream))).flat();
  } catch (error) {
    // Without a stack there are no addresses.
    if (errorCode(error) === "STREAM_ADDRESS_MISSING") return [];
    if (!isKnownError(error)) throw error;
    return [{ check: "streams", outcome: "failed", found: error.message }];
  }
}

// --- internal ---

async function examineStream({ plan, addresses }: FoundStream): Promise<Finding[]> {
  const check = `stream ${plan.name}`;
  try {
    const { problems, advice } = await preflight(plan, addresses);
    const found: Finding[] = [
      ...problems.map(({ sentence }): Finding => ({ check, outcome: "failed", found: sentence })),
      ...advice.map((each): Finding => {
        const { sql, ...rest } = each;
        const outcome = each.weight === "must" ? "failed" : "missing";
        return { check, outcome, found: adviceLine(rest), ...(sql === undefined ? {} : { fix: sql }) };
      }),
    ];
    return found.length > 0 ? found : [{ check, outcome: "ok", found: "both databases are fit for it" }];
  } catch (error) {
    if (!UNREACHABLE.includes(errorCode(error) ?? "")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return [{ check, outcome: "missing", found: "its databases could not be looked at", fix: reason }];
  }
}

const UNREACHABLE = ["STREAM_DATABASE_UNREACHABLE", "STREAM_PASSWORD_REFUSED"];
