import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from "node:crypto";

/** What a signature is for. One made for one purpose is worth nothing for another. */
export type Purpose = "customer" | "override" | "own-writes";

/** Signs values that come back from customers, and knows them again. */
export type Keyring = {
  /** Whether there is a secret. Without one nothing can be signed, and nothing is found to be signed. */
  readonly canSign: boolean;
  /** 22 characters that fit in a cookie or a header: the first 128 bits of HMAC-SHA256 (RFC 2104). Throws without a secret. */
  sign: (purpose: Purpose, text: string) => string;
  verify: (purpose: Purpose, text: string, signature: string) => boolean;
};

/** The first secret signs, all of them verify: a new one is put before the old one, which is taken out when its values have expired. */
export function createKeyring(secrets: readonly string[]): Keyring {
  const keys = secrets.map((secret) => ({
    customer: deriveKey(secret, "customer"),
    override: deriveKey(secret, "override"),
    "own-writes": deriveKey(secret, "own-writes"),
  }));
  const [first] = keys;
  const verified = createRecentSet(MOST_VERIFIED);
  return {
    canSign: first !== undefined,
    sign: (purpose, text) => {
      if (first === undefined) throw new Error("there is no secret to sign with");
      return signatureOf(first[purpose], text);
    },
    verify: (purpose, text, signature) => {
      if (signature.length !== SIGNATURE_LENGTH) return false;
      // A customer shows the same value with every request, and computing its signature costs as much as all else that is done for it.
      const value = `${purpose} ${text}.${signature}`;
      if (verified.has(value)) return true;
      if (!keys.some((key) => isEqual(signatureOf(key[purpose], text), signature))) return false;
      verified.add(value);
      return true;
    },
  };
}

// --- internal ---

const SIGNATURE_LENGTH = 22;
const MOST_VERIFIED = 20_000;

function createRecentSet(most: number) {
  // A Set keeps the order in which values came.
  const values = new Set<string>();
  return {
    has: (value: string) => values.has(value),
    add: (value: string) => {
      values.add(value);
      if (values.size <= most) return;
      for (const oldest of values) {
        values.delete(oldest);
        return;
      }
    },
  };
}

// RFC 5869. The secret has entropy enough of its own, so there is no salt.
function deriveKey(secret: string, purpose: Purpose): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", `strangler proxy ${purpose}`, 32)));
}

function signatureOf(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text).digest().toString("base64url", 0, 16);
}

// Texts, not the octets they stand for: base64 has several spellings of the same octets, and each would be another customer.
function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
