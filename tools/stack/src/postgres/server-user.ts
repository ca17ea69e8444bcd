import { execFileSync } from "node:child_process";

/** Whom PostgreSQL runs as. It refuses root, so root lends it another user. */
export type ServerUser = { uid: number; gid: number } | undefined;

/** undefined for an ordinary user, who runs PostgreSQL herself; for root the user `postgres` where there is one, else `nobody`. */
export function findServerUser(): ServerUser {
  if (process.getuid?.() !== 0) return undefined;
  return lookUp("postgres") ?? lookUp("nobody");
}

// --- internal ---

function lookUp(name: string): ServerUser {
  try {
    const ids = (flag: string) =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: ids("-u"), gid: ids("-g") };
  } catch {
    return undefined;
  }
}
