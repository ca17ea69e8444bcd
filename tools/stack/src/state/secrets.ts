import { randomBytes } from "node:crypto";
import { findJsonFile, writeJsonFile } from "./json-file.ts";
import type { StatePaths } from "./state-directory.ts";

/** secrets.json, readable by its owner only. Values are made once and stay the same until a purge. */
export type Secrets = {
  superuser: string;
  /** Passwords of roles, by role. */
  roles: Record<string, string>;
  /** The plan's own secrets, by name. */
  named: Record<string, string>;
  /** The administrator's address of a server of the user's own. */
  ownServerUrl?: string;
};

export type Wanted = { roles: readonly string[]; named: readonly string[]; ownServerUrl?: string | undefined };

export function findSecrets(paths: StatePaths): Promise<Secrets | undefined> {
  return findJsonFile<Secrets>(paths.secrets);
}

/** The secrets of this stack; those that are missing are made. */
export async function keepSecrets(paths: StatePaths, wanted: Wanted): Promise<Secrets> {
  const kept = await findSecrets(paths);
  const ownServerUrl = wanted.ownServerUrl ?? kept?.ownServerUrl;
  const secrets: Secrets = {
    superuser: kept?.superuser ?? newSecret(),
    roles: { ...withNewSecrets(wanted.roles), ...kept?.roles },
    named: { ...withNewSecrets(wanted.named), ...kept?.named },
    ...(ownServerUrl === undefined ? {} : { ownServerUrl }),
  };
  await writeJsonFile(paths.secrets, secrets);
  return secrets;
}

// --- internal ---

function withNewSecrets(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, newSecret()]));
}

// 144 random bits; base64url needs no escaping in a URL.
function newSecret(): string {
  return randomBytes(18).toString("base64url");
}
