import { describe, expect, test } from "@jest/globals";
import { createCookieJar } from "../src/drive/cookie-jar.ts";

describe("a visitor's cookies", () => {
  test("are sent back", () => {
    const jar = createCookieJar();

    jar.keep(["sid=abc; Path=/; HttpOnly; SameSite=Lax", "theme=dark"]);

    expect(jar.headerFor("/cart")).toBe("sid=abc; theme=dark");
  });

  test("are replaced by newer ones of the same name, and keep everything behind the first equals sign", () => {
    const jar = createCookieJar();

    jar.keep(["sid=old"]);
    jar.keep(["sid=new=="]);

    expect(jar.headerFor("/")).toBe("sid=new==");
  });

  test("end when the server says so", () => {
    let now = 0;
    const jar = createCookieJar(() => now);

    jar.keep(["a=1; Max-Age=0", "b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "c=3; Max-Age=10", "d=4"]);
    expect(jar.headerFor("/")).toBe("c=3; d=4");

    now = 10_001;
    expect(jar.headerFor("/")).toBe("d=4");
  });

  test("stay within their path", () => {
    const jar = createCookieJar();

    jar.keep(["admin=1; Path=/admin"]);

    expect(jar.headerFor("/admin/reports?x=1")).toBe("admin=1");
    expect(jar.headerFor("/administrator")).toBeUndefined();
    expect(jar.headerFor("/")).toBeUndefined();
  });
});
