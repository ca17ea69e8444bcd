import { describe, expect, test } from "@jest/globals";
import { canonicalPath } from "../../src/guard/canonical-path.ts";

describe("a path has one meaning", () => {
  test.each([
    ["/", "/"],
    ["/api/products", "/api/products"],
    ["/api/products/", "/api/products/"],
    ["/API/1", "/API/1"],
    ["/apixyz", "/apixyz"],
    ["/assets/app.min.js", "/assets/app.min.js"],
    ["/a/.well-known/x", "/a/.well-known/x"],
    ["/a/...", "/a/..."],
    ["/a/..b", "/a/..b"],
    ["/@user/~home/a;v=1/b,c", "/@user/~home/a;v=1/b,c"],
    // Unreserved characters are the same thing encoded and plain.
    ["/%61pi/1", "/api/1"],
    ["/a%2Db%5fc%7ed", "/a-b_c~d"],
    // Reserved ones are not: %3A and : may mean different things, so each stays what it was.
    ["/a%3ab", "/a%3Ab"],
    ["/a:b", "/a:b"],
    ["/100%25", "/100%25"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    // What may not stand in a path is encoded.
    ['/a"b<c>d^e`f{g|h}', "/a%22b%3Cc%3Ed%5Ee%60f%7Bg%7Ch%7D"],
    ["/a%20b", "/a%20b"],
  ])("%s is %s", (raw, canonical) => {
    expect(canonicalPath(raw)).toEqual({ path: canonical });
    expect(canonicalPath(canonical)).toEqual({ path: canonical });
  });

  test.each([
    ["/api/../admin", "dot segment"],
    ["/x/../api/1", "dot segment"],
    ["/..", "dot segment"],
    ["/./a", "dot segment"],
    ["/a/.", "dot segment"],
    ["/api/%2e%2e/admin", "dot segment"],
    ["/api/.%2E/admin", "dot segment"],
    ["/api/..;/admin", "dot segment"],
    ["/api/..;x=1/admin", "dot segment"],
    ["/api/..%3b/admin", "dot segment"],
    ["/api/.;/admin", "dot segment"],
    ["//evil/api/1", "empty segment"],
    ["/api//1", "empty segment"],
    ["/api%2f..%2fadmin", "encoded slash"],
    ["/api%2F1", "encoded slash"],
    ["/api\\..\\admin", "backslash"],
    ["/api%5c..%5cadmin", "encoded slash or backslash"],
    ["/a%00b", "control character"],
    ["/a%0d%0aSet-Cookie:x", "control character"],
    ["/a%7f", "control character"],
    ["/a%c2%85", "control character"],
    ["/a%", "percent sign"],
    ["/a%2", "percent sign"],
    ["/a%zz", "percent sign"],
    ["/a%u0041", "percent sign"],
    ["/a%ff", "not UTF-8"],
    ["/a%c0%af", "not UTF-8"],
    ["/a%c0%ae%c0%ae/b", "not UTF-8"],
    ["/a%ed%a0%80", "not UTF-8"],
    ["/a%252e%252e/b", "encoded twice"],
    ["/a%252fb", "encoded twice"],
    ["/a%255cb", "encoded twice"],
    ["/a#b", "# or a ?"],
    ["a/b", "does not begin with a slash"],
    ["", "does not begin with a slash"],
  ])("%s is refused: %s", (raw, reason) => {
    expect(canonicalPath(raw)).toEqual({ refused: expect.stringContaining(reason) as unknown });
  });

  test("over every octet, what is let through is a fixed point and keeps its meaning", () => {
    for (let octet = 0; octet < 256; octet += 1) {
      const raw = `/a%${octet.toString(16).padStart(2, "0")}b`;
      const canonical = canonicalPath(raw);
      if ("refused" in canonical) continue;
      expect(canonicalPath(canonical.path)).toEqual(canonical);
      expect(decodeURIComponent(canonical.path)).toBe(decodeURIComponent(raw));
    }
  });
});
