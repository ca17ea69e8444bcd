import { bucketOf, BUCKETS, DEFAULT_HASH } from "./customer/hash.ts";

export { BUCKETS };

/** The bucket of a customer for one route: the same every time, on every machine. */
export type BucketOf = (salt: string, key: string) => number;

/** Buckets by the hash that counts where the plan names none. */
export async function createBuckets(): Promise<BucketOf> {
  return Promise.resolve((salt, key) => bucketOf(DEFAULT_HASH, salt, key));
}
