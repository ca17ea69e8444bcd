// Which side of a canary a customer is on is a pure function of the route's id and her key, named in the plan so that another
// engine can compute the same: whoever leaves this proxy for nginx or HAProxy takes every customer along on her side.
//
//   what is hashed   the octets of `salt + key`, nothing between them; the salt is the route's id, plain ASCII. A key from a
//                    header or a cookie is the field's octets as they came, a key from a claim its UTF-8.
//   xxh32-mod        XXH32 with seed 0, modulo 10,000.                HAProxy: str(SALT),concat(,txn.key),xxh32(0),mod(10000)
//   murmur2-range    MurmurHash2 with seed 0, ranges of 2^32 values.  nginx:   split_clients "SALT${key}" $side { 12.34% ...; * ...; }
//
// Both give a bucket of 0..9999, and the service answers the buckets below `share`: raising the share only ever adds buckets.

export const HASHES = ["xxh32-mod", "murmur2-range"] as const;
export type HashName = (typeof HASHES)[number];
export const DEFAULT_HASH: HashName = "xxh32-mod";

/** Buckets are 0..9999, so that a share can be given in steps of 0.01 percent. */
export const BUCKETS = 10_000;

/** The bucket of a customer for one route, 0..9999: the same every time, on every machine. `key` has one character per octet. */
export function bucketOf(hash: HashName, salt: string, key: string): number {
  const octets = Buffer.from(salt + key, "latin1");
  return hash === "xxh32-mod" ? xxHash32(octets) % BUCKETS : rangeOf(murmurHash2(octets));
}

/** Which side answers a customer: `share` is the number of buckets, 0..10,000, that the service has. */
export function sideOf(hash: HashName, salt: string, key: string, share: number): "service" | "monolith" {
  return bucketOf(hash, salt, key) < share ? "service" : "monolith";
}

/** A text of any characters as the octets of its UTF-8, one character each: the form in which keys are hashed. */
export function octetsOf(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Of the 2^32 values of MurmurHash2, how many belong to the first `share` buckets: where nginx ends the range of that many 0.01 %. */
export function rangeEnd(share: number): number {
  return Math.floor((share * TOP) / BUCKETS);
}

/** MurmurHash2 by Austin Appleby, 32 bits, little endian, with seed 0 as nginx's `split_clients` computes it. */
export function murmurHash2(octets: Buffer): number {
  const { length } = octets;
  const whole = length & ~3;
  let hash = length | 0;
  for (let at = 0; at < whole; at += 4) {
    const block = Math.imul(octets.readInt32LE(at), MURMUR);
    hash = Math.imul(hash, MURMUR) ^ Math.imul(block ^ (block >>> 24), MURMUR);
  }
  if (whole < length) {
    for (let at = length - 1; at >= whole; at -= 1) hash ^= (octets[at] ?? 0) << ((at - whole) * 8);
    hash = Math.imul(hash, MURMUR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MURMUR);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** XXH32 by Yann Collet with seed 0 (doc/xxhash_spec.md of Cyan4973/xxHash). */
export function xxHash32(octets: Buffer): number {
  const { length } = octets;
  let at = 0;
  let hash = PRIME_5;
  if (length >= 16) {
    const lanes = Int32Array.of(PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1);
    for (; at <= length - 16; at += 16) mixStripe(lanes, octets, at);
    const [one = 0, two = 0, three = 0, four = 0] = lanes;
    hash = rotate(one, 1) + rotate(two, 7) + rotate(three, 12) + rotate(four, 18);
  }
  hash = (hash + length) | 0;
  for (; at <= length - 4; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(octets.readInt32LE(at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < length; at += 1) {
    hash = Math.imul(rotate((hash + Math.imul(octets[at] ?? 0, PRIME_5)) | 0, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

// --- internal ---

// nginx multiplies with 2^32 - 1, not with 2^32: the last value of the hash belongs to no percentage, only to `*`.
const TOP = 0xffffffff;
const MURMUR = 0x5bd1e995;
const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

// The bucket whose range holds the value. A division may round past the end of a range; the ends themselves are exact.
function rangeOf(hash: number): number {
  let bucket = Math.min(BUCKETS - 1, Math.floor((hash * BUCKETS) / TOP));
  while (bucket > 0 && hash < rangeEnd(bucket)) bucket -= 1;
  while (bucket < BUCKETS - 1 && hash >= rangeEnd(bucket + 1)) bucket += 1;
  return bucket;
}

function mixStripe(lanes: Int32Array, octets: Buffer, at: number): void {
  for (let lane = 0; lane < 4; lane += 1) {
    const mixed = (lanes[lane] ?? 0) + Math.imul(octets.readInt32LE(at + lane * 4), PRIME_2);
    lanes[lane] = Math.imul(rotate(mixed | 0, 13), PRIME_1);
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
