import { describe, expect, test } from "@jest/globals";
import { nameOn, placeOf, roleAddress } from "../src/postgres/addresses.ts";
import { judgeDataDirectory } from "../src/postgres/data-directory.ts";
import { findUnfitness } from "../src/postgres/own-server.ts";
import { pickLastWords } from "../src/last-words.ts";

describe("a data directory is judged by what lies in it", () => {
  const whole = { filled: true, complete: true, version: 18 };

  test.each([
    ["absent", { filled: false, complete: false }],
    ["half-initialised", { filled: true, complete: false, version: 18 }],
    ["other-version", { ...whole, version: 17 }],
    ["stopped", whole],
    ["running", { ...whole, server: { pid: 1, port: 5432, alive: true } }],
    ["stale-pid-file", { ...whole, server: { pid: 1, port: 5432, alive: false } }],
  ])("%s", (state, facts) => {
    expect(judgeDataDirectory(facts, 18).state).toBe(state);
  });
});

describe("a server of one's own", () => {
  const fit = { version: 150_004, walLevel: "logical", superuser: true, freeSlots: 10 };

  test("is fit from version 15 with logical replication", () => {
    expect(findUnfitness(fit)).toBeUndefined();
  });

  test.each([
    ["too old", { version: 140_010 }, /it is version 14/],
    ["without logical replication", { walLevel: "replica" }, /ALTER SYSTEM SET wal_level = logical/],
    ["entered without a superuser's rights", { superuser: false }, /Name a superuser/],
    ["out of slots", { freeSlots: 0 }, /Raise max_replication_slots/],
  ])("is refused when it is %s, with the remedy", (_, change, words) => {
    const { reason, remedy } = findUnfitness({ ...fit, ...change }) ?? { reason: "", remedy: "" };

    expect(`${reason}. ${remedy}`).toMatch(words);
  });

  test("gets names that say whose they are, and addresses that keep the administrator's parameters", () => {
    const server = { adminUrl: "postgres://admin:a@db.example:6000/main?sslmode=require", prefix: "strangler_" };

    expect(nameOn(server, "notes")).toBe("strangler_notes");
    expect(nameOn(server, "strangler_apply")).toBe("strangler_apply");
    expect(roleAddress(server, "notes", "notes_owner", "b")).toBe(
      "postgres://strangler_notes_owner:b@db.example:6000/strangler_notes?sslmode=require",
    );
    expect(placeOf("postgres://admin:a@db.example/main")).toBe("db.example:5432");
  });
});

describe("the last words of a program", () => {
  test("are the line that names the error, not the stack below it", () => {
    expect(pickLastWords("listening\nTypeError: no such thing\n    at main.ts:3\n\nNode.js v24.21.0\n")).toBe(
      "TypeError: no such thing.",
    );
  });

  test("are its last three lines where no error is named", () => {
    expect(pickLastWords("a\nb\nc\nThe environment is not complete.\n")).toBe(
      "b | c | The environment is not complete.",
    );
  });
});
