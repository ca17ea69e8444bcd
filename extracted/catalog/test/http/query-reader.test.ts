import { describe, expect, test } from "@jest/globals";
import { createQueryReader } from "../../src/http/query-reader.ts";

const limits = { from: 1, to: 100, otherwise: 20 };

describe("a query", () => {
  test("may leave out what has a usual value", () => {
    const reader = createQueryReader({});

    expect(reader.integer("pageSize", limits)).toBe(20);
    expect(reader.oneOf("sort", ["newest", "rating"], "newest")).toBe("newest");
    expect(() => reader.assertGood()).not.toThrow();
  });

  test.each(["0", "101", "-1", "1.5", "1e1", "0x1", "+1", " 1", "abc", "", "99999999999"])(
    "is refused with %j where a whole number from 1 to 100 is expected",
    (value) => {
      const reader = createQueryReader({ pageSize: value });
      reader.integer("pageSize", limits);

      expect(() => reader.assertGood()).toThrow("pageSize must be a whole number from 1 to 100.");
    },
  );

  test("is refused when a parameter comes twice", () => {
    const reader = createQueryReader({ page: ["1", "2"], q: ["lamp", "chair"] });
    reader.integer("page", limits);
    reader.text("q");

    expect(() => reader.assertGood()).toThrow("page must be a whole number from 1 to 100; q must be a text.");
  });

  test("has its blanks taken off before it is measured", () => {
    const reader = createQueryReader({ q: "   " });
    reader.text("q");

    expect(() => reader.assertGood()).toThrow("q is missing.");
  });

  test("is refused with a null character, which no text of PostgreSQL can hold", () => {
    const reader = createQueryReader({ q: "a\0b" });
    reader.text("q");

    expect(() => reader.assertGood()).toThrow("q must not contain a null character.");
  });

  test("hears of everything that is wrong with it at once", () => {
    const reader = createQueryReader({ page: "x", sort: "constructor", q: "y".repeat(201) });
    reader.integer("page", limits);
    reader.oneOf("sort", ["newest", "rating"], "newest");
    reader.text("q");

    expect(() => reader.assertGood()).toThrow(
      expect.objectContaining({
        status: 400,
        refusals: [
          { field: "page", message: "must be a whole number from 1 to 100" },
          { field: "sort", message: "must be one of newest, rating" },
          { field: "q", message: "may have at most 200 characters" },
        ],
      }),
    );
  });
});
