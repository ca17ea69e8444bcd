import { describe, expect, test } from "@jest/globals";
import { rewriteSetCookie, type CookieRule } from "../../src/rewrite/cookies.ts";
import { rewriteAddress, rewriteRefresh } from "../../src/rewrite/redirects.ts";

describe("an upstream's cookie", () => {
  test.each<[string, CookieRule, string, string]>([
    ["stays as it is without a rule", {}, "a=1; Domain=old; Path=/x; secure", "a=1; Domain=old; Path=/x; secure"],
    [
      "gets another Domain",
      { domain: "new.example" },
      "a=1; domain=old; HttpOnly",
      "a=1; HttpOnly; Domain=new.example",
    ],
    ["never becomes a cookie for more hosts", { domain: "new.example" }, "a=1; HttpOnly", "a=1; HttpOnly"],
    ["loses its Domain", { domain: false }, "a=1; Domain=old; Path=/", "a=1; Path=/"],
    ["gets a Path", { path: "/shop" }, "a=1; PATH=/; Max-Age=5", "a=1; Max-Age=5; Path=/shop"],
    ["gets a SameSite", { sameSite: "Lax" }, "a=1; SameSite=None", "a=1; SameSite=Lax"],
    ["becomes Secure", { secure: true }, "a=1; Secure; Path=/", "a=1; Path=/; Secure"],
    ["is Secure no more", { secure: false }, "a=1; Secure; Path=/", "a=1; Path=/"],
    ["keeps its value letter by letter", { path: "/" }, 'a="x=y, z"; Path=/b', 'a="x=y, z"; Path=/'],
    [
      "keeps attributes nobody knows",
      { secure: true },
      "a=1; Partitioned; Priority=High",
      "a=1; Partitioned; Priority=High; Secure",
    ],
  ])("%s", (_what, rule, value, rewritten) => {
    expect(rewriteSetCookie(value, rule)).toBe(rewritten);
  });
});

describe("an address in an answer", () => {
  const isOurs = (origin: string) => origin === "http://127.0.0.1:8100" || origin === "https://monolith.internal";
  const customer = "https://shop.example";

  test.each([
    ["http://127.0.0.1:8100/a?b#c", "https://shop.example/a?b#c"],
    ["HTTP://127.0.0.1:8100", "https://shop.example"],
    ["https://monolith.internal:443/", "https://shop.example/"],
    ["//127.0.0.1:8100/a", "https://shop.example/a"],
    ["http://127.0.0.1:8100//evil.example/", "https://shop.example//evil.example/"],
    ["/a", "/a"],
    ["a/b", "a/b"],
    ["?x=http://127.0.0.1:8100/", "?x=http://127.0.0.1:8100/"],
    ["http://127.0.0.1:81000/a", "http://127.0.0.1:81000/a"],
    ["http://127.0.0.1:8101/a", "http://127.0.0.1:8101/a"],
    ["http://127.0.0.1:8100@evil.example/", "http://127.0.0.1:8100@evil.example/"],
    ["http://user@127.0.0.1:8100/", "http://user@127.0.0.1:8100/"],
    ["http://monolith.internal.evil.example/", "http://monolith.internal.evil.example/"],
    ["ftp://127.0.0.1:8100/", "ftp://127.0.0.1:8100/"],
    ["", ""],
  ])("%s becomes %s", (address, rewritten) => {
    expect(rewriteAddress(address, isOurs, customer)).toBe(rewritten);
  });

  test.each([
    ["5; url=http://127.0.0.1:8100/a", "5; url=https://shop.example/a"],
    ["0;URL='http://127.0.0.1:8100/a'", "0;URL='https://shop.example/a'"],
    ["5", "5"],
    ["5; url=/a", "5; url=/a"],
    ["5; url=http://other/", "5; url=http://other/"],
  ])("Refresh: %s becomes %s", (value, rewritten) => {
    expect(rewriteRefresh(value, isOurs, customer)).toBe(rewritten);
  });
});
