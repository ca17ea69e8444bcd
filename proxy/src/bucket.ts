import xxhash from "xxhash-wasm";

/** Buckets are 0..9999, so that a share can be given in steps of 0.01 percent. */
export const BUCKETS = 10_000;

/** The bucket of a customer for one route: the same every time, on every machine. */
export type BucketOf = (salt: string, key: string) => number;

/**
 * The hash named `xxh32-mod`: xxHash32 with seed 0 over salt and key in UTF-8, modulo 10,000. HAProxy computes the same with
 * `concat` and `xxh32(0),mod(10000)`. The salt is the route's id: a customer who is early on one route is not early on all.
 */
export async function createBuckets(): Promise<BucketOf> {
  const hashes = await xxhash();
  return (salt, key) => hashes.h32(salt + key) % BUCKETS;
}
