import { stat } from "node:fs/promises";
import { readPlanFile, type Logger } from "@strangler/platform";
import { hashToken, tokensFile, type StoredToken } from "./tokens.ts";

export type TokenSource = {
  /** Those of this moment. */
  tokens: () => readonly StoredToken[];
  close: () => void;
};

export type TokenSourceOptions = {
  /** ADMIN_TOKEN: one operator, called "admin". */
  single: string | undefined;
  file: string | undefined;
  log: Logger;
  pollMs?: number;
};

/** Reads the tokens and follows their file, so that a token that is taken out ends at once. Throws PlanFileError at the start. */
export async function followTokens({ single, file, log, pollMs = 1_000 }: TokenSourceOptions): Promise<TokenSource> {
  const alone: StoredToken[] =
    single === undefined ? [] : [{ name: "admin", role: "operator", sha256: hashToken(single) }];
  if (file === undefined) return { tokens: () => alone, close: () => undefined };

  let fingerprint = await fingerprintOf(file);
  let tokens = [...alone, ...(await readTokens(file))];
  const poll = setInterval(() => void look(file), pollMs);
  poll.unref();

  async function look(path: string): Promise<void> {
    const seen = await fingerprintOf(path);
    if (seen === fingerprint) return;
    fingerprint = seen;
    try {
      tokens = [...alone, ...(await readTokens(path))];
      log.info({ tokens: tokens.map(({ name, role }) => ({ name, role })) }, "admin tokens reloaded");
    } catch (error) {
      // Whoever made the mistake may have wanted to take a token out: better nobody than somebody too many.
      tokens = alone;
      log.error({ err: error }, "the admin tokens cannot be read; none of that file counts until it is mended");
    }
  }

  return { tokens: () => tokens, close: () => clearInterval(poll) };
}

// --- internal ---

async function readTokens(file: string): Promise<StoredToken[]> {
  return (await readPlanFile(file, tokensFile)).value.tokens;
}

async function fingerprintOf(file: string): Promise<string> {
  return stat(file).then(
    ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
    () => "gone",
  );
}
