import { existsSync } from "node:fs";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { readPlanFile } from "@strangler/platform";
import { tokensFile, type StoredToken } from "@strangler/proxy";

/** The file of tokens: as given, as the environment says, else in the stack's state directory. */
export function tokensFileOf(given: string | undefined, stateDirectory: string): string {
  return path.resolve(given ?? process.env["ADMIN_TOKENS_FILE"] ?? path.join(stateDirectory, "admin-tokens.yaml"));
}

/** Throws PlanFileError when the file is wrong; where there is none, there are no tokens. */
export async function readTokens(file: string): Promise<StoredToken[]> {
  if (!existsSync(file)) return [];
  return (await readPlanFile(file, tokensFile)).value.tokens;
}

/** Replaces the file in one step; only its owner can read it. */
export async function writeTokens(file: string, tokens: readonly StoredToken[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  // JSON is YAML.
  await writeFile(temporary, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}
