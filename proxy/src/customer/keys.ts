import { z } from "zod";
import { HASHES } from "./hash.ts";

// Which customer asks is told by the first of these that a request has. The order matters: who is known by her login on one
// request and by her address on the next would change sides.

/** A place in a request where a customer's name is looked for. */
export type CustomerKey =
  /** Header names in small letters. */
  { readonly from: "cookie" | "claim" | "header"; readonly name: string } | { readonly from: "address" };

// RFC 9110 section 5.6.2: what the name of a header or a cookie may consist of.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const cookieName = z.string().regex(TOKEN, "not a cookie's name");

const key = z.union(
  [
    z.strictObject({ cookie: cookieName }),
    z.strictObject({ claim: z.string().min(1) }),
    z.strictObject({ header: z.string().regex(TOKEN, "not a header's name") }),
    z.strictObject({ address: z.literal(true) }),
  ],
  { error: "a key is one of cookie: NAME, claim: NAME, header: NAME, address: true" },
);

const keys = z
  .array(key)
  .min(1, "at least one key, or leave keys out")
  .refine((list) => !list.slice(0, -1).some((one) => "address" in one), {
    error: "every request has an address, so no key behind it is ever looked at: put it last",
  });

const hash = z.enum(HASHES, { error: `a hash is one of ${HASHES.join(", ")}` });

/** The fields that a route gets from here. */
export const customerFields = {
  hash: hash
    .optional()
    .describe("How customers are shared: xxh32-mod (the default; HAProxy) or murmur2-range (nginx)."),
  keys: keys.optional().describe("What names the customer of this route: the first that a request has."),
};

/** The file's `sticky`. */
export const sticky = z
  .strictObject({
    cookie: cookieName.optional().describe("Short for `keys: [{ cookie }]`."),
    keys: keys.optional().describe("What names a customer: the first that a request has."),
    hash: customerFields.hash,
  })
  .refine(({ cookie, keys: list }) => cookie === undefined || list === undefined, {
    error: "cookie is short for keys: write one of them",
  });

export type KeyEntry = z.output<typeof key>;

/** Where the customers of a route are named. */
export function toKeys(entries: readonly KeyEntry[]): readonly CustomerKey[] {
  return entries.map((entry) => {
    if ("cookie" in entry) return { from: "cookie", name: entry.cookie };
    if ("claim" in entry) return { from: "claim", name: entry.claim };
    if ("header" in entry) return { from: "header", name: entry.header.toLowerCase() };
    return { from: "address" };
  });
}

/** `cookie sid`, as people read it. */
export function describeKey(key: CustomerKey): string {
  return key.from === "address" ? "the address" : `the ${key.from} ${key.name}`;
}
