import { describe, expect, test } from "@jest/globals";
import { compareAnswers, type Answer } from "../../src/index.ts";
import { withoutSecrets } from "../../src/shadow/excerpt.ts";

describe("two answers are equal", () => {
  test.each([
    ["to themselves", json(`{"a":1}`), json(`{"a":1}`)],
    ["whatever the order of keys", json(`{"a":1,"b":{"c":2,"d":3}}`), json(`{"b":{"d":3,"c":2},"a":1}`)],
    ["whatever the white space", json(`{"a": [1, 2]}`), json(`{"a":[1,2]}\n`)],
    ["whatever the spelling of a number", json(`[1.0,1e2,0.10]`), json(`[1,100,0.1]`)],
    ["whatever the spelling of a letter", json(`["\\u00e9"]`), json(`["é"]`)],
    ["whatever JSON says about charset", json("1"), { ...json("1"), contentType: "application/json" }],
    ["whatever the case of a media type", text("a"), { ...text("a"), contentType: "Text/HTML; Charset=UTF-8" }],
    ["with the same long number", json("[12345678901234567890]"), json("[ 12345678901234567890 ]")],
  ])("%s", (_what, control, candidate) => {
    expect(compareAnswers(control, candidate)).toEqual({ outcome: "equal" });
  });
});

describe("two answers differ", () => {
  test.each([
    ["in status", { ...json("1"), status: 404 }, json("1"), { kind: "status", control: 404, candidate: 200 }],
    [
      "in media type",
      json("1"),
      text("1"),
      { kind: "content-type", control: "application/json", candidate: "text/html; charset=utf-8" },
    ],
    [
      "in whether there is a type",
      { ...text(""), contentType: undefined },
      text(""),
      { kind: "content-type", control: "" },
    ],
    ["in a value", json(`{"a":[1,{"b":2}]}`), json(`{"a":[1,{"b":3}]}`), at("/a/1/b", "2", "3")],
    ["in a type", json(`{"a":"1"}`), json(`{"a":1}`), at("/a", `"1"`, "1")],
    ["in null and nothing", json(`{"a":null}`), json("{}"), at("/a", "null", null)],
    ["in a key too many", json("{}"), json(`{"a":1}`), at("/a", null, "1")],
    ["in the order of a list", json("[1,2]"), json("[2,1]"), at("/0", "1", "2")],
    ["in the length of a list", json("[1,2]"), json("[1]"), at("/1", "2", null)],
    ["in list and object", json("[]"), json("{}"), at("", "[]", "{}")],
    [
      "in the last digit of a long number",
      json("[12345678901234567890]"),
      json("[12345678901234567891]"),
      at("/0", `"12345678901234567890"`, `"12345678901234567891"`),
    ],
    ["under a key with slashes", json(`{"a/b":{"~":1}}`), json(`{"a/b":{"~":2}}`), at("/a~1b/~0", "1", "2")],
    ["under a key of the language", json(`{"__proto__":1}`), json(`{"__proto__":2}`), at("/__proto__", "1", "2")],
    ["under another", json(`{"constructor":1}`), json("{}"), at("/constructor", "1", null)],
    [
      "in text, at a line and column",
      text("<ul>\n<li>a</li>\n</ul>"),
      text("<ul>\n<li>b</li>\n</ul>"),
      { kind: "text", line: 2, column: 5, control: "<ul> <li>a</li> </ul>", candidate: "<ul> <li>b</li> </ul>" },
    ],
    ["in the end of a text", text("abc"), text("ab"), { kind: "text", line: 1, column: 3 }],
    ["as text where one is no JSON", json("{"), json("{}"), { kind: "text", line: 1, column: 2 }],
  ])("%s", (_what, control, candidate, difference) => {
    expect(compareAnswers(control, candidate)).toMatchObject({ outcome: "different", difference });
  });

  test("in a document deeper than the stack", () => {
    const deep = (value: number) => json(`${"[".repeat(100_000)}${value}${"]".repeat(100_000)}`);

    expect(compareAnswers(deep(1), deep(1))).toEqual({ outcome: "equal" });
    expect(compareAnswers(deep(1), deep(2))).toMatchObject({ difference: { kind: "text", column: 100_001 } });
  });
});

describe("what is kept of a difference", () => {
  test("is short", () => {
    const comparison = compareAnswers(json(`"${"a".repeat(10_000)}"`), json("1"));

    expect(JSON.stringify(comparison).length).toBeLessThan(500);
  });

  test("holds no secrets", () => {
    const secrets = `{"user":{"password":"p-1","sessionToken":"p-2","card":{"number":"p-3"},"name":"Ann"}}`;

    expect(JSON.stringify(compareAnswers(json(secrets), json(`{"user":1}`)))).not.toMatch(/p-\d/);
    expect(JSON.stringify(compareAnswers(json(secrets), json(`{"user":1}`)))).toContain("Ann");
    expect(compareAnswers(json(`{"token":"p-1"}`), json(`{"token":"p-2"}`))).toMatchObject({
      difference: { pointer: "/token", control: "[redacted]", candidate: "[redacted]" },
    });
  });

  test("names the question without the secrets in it", () => {
    expect(withoutSecrets("/a?q=tea&access_token=x&page=2&api-key=y")).toBe(
      "/a?q=tea&access_token=[redacted]&page=2&api-key=[redacted]",
    );
    expect(withoutSecrets("/a")).toBe("/a");
  });
});

// --- internal ---

function json(body: string): Answer {
  return { status: 200, contentType: "application/json; charset=utf-8", body };
}

function text(body: string): Answer {
  return { status: 200, contentType: "text/html; charset=utf-8", body };
}

function at(pointer: string, control: string | null, candidate: string | null) {
  return { kind: "json", pointer, control, candidate };
}
