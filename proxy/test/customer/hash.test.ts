import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import xxhash from "xxhash-wasm";
import {
  bucketOf,
  BUCKETS,
  HASHES,
  murmurHash2,
  octetsOf,
  rangeEnd,
  sideOf,
  xxHash32,
} from "../../src/customer/hash.ts";

const hash = fc.constantFrom(...HASHES);
const salt = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const key = fc.string({ unit: "binary" }).map(octetsOf);
const share = fc.integer({ min: 0, max: BUCKETS });

describe("a customer's bucket", () => {
  test("is XXH32 modulo 10,000, as others compute it, for any octets", async () => {
    const oracle = await xxhash();

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        expect(xxHash32(Buffer.from(octets))).toBe(oracle.h32Raw(octets));
      }),
      { numRuns: 2_000 },
    );
    // Published: XXH32("", 0) = 0x02CC5D05, XXH32("abc", 0) = 0x32D153FF.
    expect(bucketOf("xxh32-mod", "", "")).toBe(0x02cc5d05 % BUCKETS);
    expect(bucketOf("xxh32-mod", "a", "bc")).toBe(0x32d153ff % BUCKETS);
  });

  test("is the range of MurmurHash2 that nginx documents", () => {
    // nginx.org, ngx_http_split_clients_module: 0.5 % are the values 0 to 21474835.
    expect(rangeEnd(50)).toBe(21_474_836);
    expect(rangeEnd(0)).toBe(0);
    expect(rangeEnd(BUCKETS)).toBe(4_294_967_295);
    expect(murmurHash2(Buffer.from(""))).toBe(0);
    expect(murmurHash2(Buffer.from("hello"))).toBe(3_848_350_155);

    fc.assert(
      fc.property(salt, key, share, (route, customer, buckets) => {
        const value = murmurHash2(Buffer.from(route + customer, "latin1"));
        const inside = buckets === BUCKETS || value < rangeEnd(buckets);
        expect(sideOf("murmur2-range", route, customer, buckets)).toBe(inside ? "service" : "monolith");
      }),
      { numRuns: 2_000 },
    );
  });

  test("is one of 10,000 and the same every time", () => {
    fc.assert(
      fc.property(hash, salt, key, (name, route, customer) => {
        const bucket = bucketOf(name, route, customer);
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS).toBe(true);
        expect(bucketOf(name, route, customer)).toBe(bucket);
      }),
    );
  });

  test("moves nobody back when the share is raised, and has everybody at 100 percent", () => {
    fc.assert(
      fc.property(hash, salt, key, share, share, (name, route, customer, one, other) => {
        const [lower, higher] = [Math.min(one, other), Math.max(one, other)];
        if (sideOf(name, route, customer, lower) === "service") {
          expect(sideOf(name, route, customer, higher)).toBe("service");
        }
        expect(sideOf(name, route, customer, 0)).toBe("monolith");
        expect(sideOf(name, route, customer, BUCKETS)).toBe("service");
      }),
    );
  });

  test("of one route says nothing about her bucket of another", () => {
    for (const name of HASHES) {
      const customers = Array.from({ length: 20_000 }, (_, customer) => `customer-${customer}`);
      const early = customers.filter((customer) => sideOf(name, "items", customer, 1_000) === "service");
      const onBoth = early.filter((customer) => sideOf(name, "pages", customer, 1_000) === "service");

      expect(early.length / customers.length).toBeCloseTo(0.1, 1);
      expect(onBoth.length / early.length).toBeCloseTo(0.1, 1);
    }
  });
});
