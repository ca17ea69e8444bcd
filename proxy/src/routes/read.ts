import { readFile } from "node:fs/promises";
import { errorCode, PlanFileError } from "@strangler/platform";
import { parseRoutes, type RoutesSnapshot, type UpstreamOverrides } from "./parse.ts";

/** The text of a routes file. Throws PlanFileError when it cannot be read. */
export async function readRoutesText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    const reason = errorCode(cause) === "ENOENT" ? "there is no such file" : String(cause);
    throw new PlanFileError([
      { file, reason: `cannot be read (${reason}).`, suggestion: "Name the routes file with ROUTES_FILE or --plan." },
    ]);
  });
}

/** Reads and parses a routes file. Throws PlanFileError listing every problem with its line and column. */
export async function readRoutes(file: string, overrides: UpstreamOverrides = {}): Promise<RoutesSnapshot> {
  return parseRoutes(file, await readRoutesText(file), overrides);
}
