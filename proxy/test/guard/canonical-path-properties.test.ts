import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalPath } from "../../src/guard/canonical-path.ts";

// Paths made of what servers are known to read differently, among what is harmless.
const piece = fc.oneof(
  fc.constantFrom("/", "/", "/", ".", "..", ";", "a", "b1", "A", "~x", "é", "%61", "%7e", "%C3%A9", "%3a", ":"),
  fc.constantFrom(
    "%2e",
    "%2E",
    "%2f",
    "%5c",
    "\\",
    "%",
    "%0",
    "%00",
    "%25",
    "%252e",
    "%252f",
    "%c0%af",
    "%ff",
    "%c2%85",
  ),
  fc.constantFrom("?", "#", "|", "^", '"', " ", "+", "&", "=", "@", "%0d%0a", "..;", "%u002e"),
  fc.string({ maxLength: 3 }),
);
const rawPath = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);
const harmless = fc
  .array(fc.stringMatching(/^[A-Za-z0-9~_][A-Za-z0-9._~-]{0,6}$/), { maxLength: 5 })
  .map((segments) => `/${segments.join("/")}`);

describe("whatever path is sent", () => {
  test("its canonical form is its own canonical form", () => {
    forEveryAccepted((_raw, path) => {
      expect(canonicalPath(path)).toEqual({ path });
    });
  });

  test("the canonical form names what the raw one named, segment by segment", () => {
    forEveryAccepted((raw, path) => {
      expect(path.split("/").map(decodeURIComponent)).toEqual(raw.split("/").map(decodeURIComponent));
    });
  });

  test("another server that resolves, decodes, or decodes twice, is led nowhere else", () => {
    forEveryAccepted((_raw, path) => {
      // The URL of the WHATWG resolves dot segments, also encoded ones, and takes backslashes for slashes.
      expect(new URL(`http://a${path}`).pathname).toBe(path);
      const once = decodeURIComponent(path);
      for (const seen of [once, decodeAgain(once)]) {
        expect(seen.split("/")).toHaveLength(path.split("/").length);
        expect(seen.split("/").some((segment) => /^\.{1,2}(?:;|$)/.test(segment))).toBe(false);
        expect([...seen].some((character) => character === "\\" || isControl(character))).toBe(false);
      }
    });
  });

  test("a character that needs no encoding may be encoded and means the same", () => {
    fc.assert(
      fc.property(harmless, fc.nat(), (path, seed) => {
        const at = 1 + (seed % Math.max(1, path.length - 1));
        const character = path.charAt(at);
        if (character === "" || character === "/") return;
        const code = character.charCodeAt(0).toString(16);
        const spelled = `${path.slice(0, at)}%${seed % 2 === 0 ? code : code.toUpperCase()}${path.slice(at + 1)}`;

        expect(canonicalPath(spelled)).toEqual({ path });
      }),
      { numRuns: 1_000 },
    );
  });
});

// --- internal ---

function forEveryAccepted(check: (raw: string, path: string) => void): void {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(rawPath, harmless), (raw) => {
      const canonical = canonicalPath(raw);
      if ("refused" in canonical) return;
      accepted += 1;
      check(raw, canonical.path);
    }),
    { numRuns: 3_000 },
  );
  // A guard that refused everything would be canonical, too.
  expect(accepted).toBeGreaterThan(1_000);
}

function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}
