import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** What a token lets its holder do: look, or look and change. */
export const ROLES = ["viewer", "operator"] as const;
export type Role = (typeof ROLES)[number];

const token = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][\w.@-]{0,63}$/, "a token's name consists of letters, digits and . _ @ -")
    .describe("Stands in the audit log for whoever uses it."),
  role: z.enum(ROLES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 in hex"),
  createdAt: z.iso.datetime().optional(),
});

/** ADMIN_TOKENS_FILE: names, roles and hashes; never a token itself. */
export const tokensFile = z.strictObject({ tokens: z.array(token) });

export type StoredToken = z.output<typeof token>;

/** A new token, to be shown once, and what is kept of it. */
export function createToken(name: string, role: Role, at: Date): { secret: string; stored: StoredToken } {
  const secret = `strangler_${randomBytes(32).toString("base64url")}`;
  return { secret, stored: { name, role, sha256: hashToken(secret), createdAt: at.toISOString() } };
}

// A token is 256 random bits, not a password that could be guessed: one round of SHA-256 is enough.
export function hashToken(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whose token it is. Takes the same time whether it is right or wrong, and how far. */
export function findToken(tokens: readonly StoredToken[], secret: string): StoredToken | undefined {
  const given = Buffer.from(hashToken(secret), "hex");
  let found: StoredToken | undefined;
  for (const each of tokens) {
    if (timingSafeEqual(Buffer.from(each.sha256, "hex"), given)) found = each;
  }
  return found;
}
