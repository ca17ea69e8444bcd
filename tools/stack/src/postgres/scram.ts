import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * What the server stores instead of a password (RFC 5803). Computed here, so that a server that logs its statements never
 * sees the password itself. Only for ASCII passwords: others would need SASLprep.
 */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

// --- internal ---

const ITERATIONS = 4096;
