import { describe, expect, test } from "@jest/globals";
import { compareAnswers, toShadowRules, type Answer, type Comparison, type ShadowRule } from "../../src/index.ts";

describe("two answers are equal", () => {
  test.each([
    ["to themselves", json(`{"a":1}`), json(`{"a":1}`)],
    ["whatever the order of keys", json(`{"a":1,"b":{"c":2,"d":3}}`), json(`{"b":{"d":3,"c":2},"a":1}`)],
    ["whatever the white space", json(`{"a": [1, 2]}`), json(`{"a":[1,2]}\n`)],
    ["whatever the spelling of a number", json(`[1.0,1e2,0.10]`), json(`[1,100,0.1]`)],
    ["whatever the order of adding fractions", json(`[0.30000000000000004]`), json(`[0.3]`)],
    ["whatever the spelling of a letter", json(`["\\u00e9"]`), json(`["é"]`)],
    ["whatever JSON says about charset", json("1"), { ...json("1"), contentType: "application/json" }],
    ["whatever the case of a media type", html("a"), { ...html("a"), contentType: "Text/HTML;Charset=UTF-8" }],
    ["with the same long number", json("[12345678901234567890]"), json("[ 12345678901234567890 ]")],
    ["whatever headers are a server's own affair", withHeader("etag", `"1"`), withHeader("etag", `"2"`)],
    [
      "whatever the order of directives",
      withHeader("cache-control", "private, max-age=60"),
      withHeader("cache-control", "Max-Age=60,private"),
    ],
    [
      "whatever a cookie's value, and when it ends",
      withHeader("set-cookie", "sid=1; Path=/; HttpOnly; Expires=Thu, 01 Jan 2026 00:00:00 GMT"),
      withHeader("set-cookie", "sid=2; expires=Fri, 02 Jan 2026 00:00:00 GMT; httponly; path=/"),
    ],
    ["whatever the white space of a page", html("<ul>\n <li>a</li>\n</ul>"), html("<ul><li> a </li></ul>")],
    ["whatever its comments", html("<p>a<!-- built 1 --></p>"), html("<p>a</p>")],
    ["whatever the order of attributes and classes", html(`<a id="x" class="b a">`), html(`<a class="a b" id=x>`)],
    ["whatever tags may be left out", html("<ul><li>a<li>b</ul>"), html("<ul><li>a</li><li>b</li></ul>")],
    ["whatever the spelling of entities", html("a &amp; b&#32;&eacute;"), html("a &#38; b é")],
    ["whatever a flag is written as", html("<input disabled>"), html(`<input disabled="disabled">`)],
  ])("%s", (_what, control, candidate) => {
    expect(compareAnswers(control, candidate)).toEqual({ outcome: "equal" });
  });
});

describe("two answers differ", () => {
  test.each([
    ["in status", { ...json("1"), status: 404 }, json("1"), ["primitive status 404 200"]],
    [
      "in media type",
      json("1"),
      html("1"),
      [`primitive header:content-type "application/json" "text/html; charset=utf-8"`],
    ],
    [
      "in whether there is a type",
      { ...html(""), contentType: undefined },
      html(""),
      [`extra header:content-type null "text/html; charset=utf-8"`],
    ],
    ["in a value", json(`{"a":[1,{"b":2}]}`), json(`{"a":[1,{"b":3}]}`), ["primitive /a/*/b 2 3"]],
    [
      "in every value that does",
      json(`{"a":1,"b":2}`),
      json(`{"a":2,"b":3}`),
      ["primitive /a 1 2", "primitive /b 2 3"],
    ],
    ["in a type", json(`{"a":"1"}`), json(`{"a":1}`), [`type /a "1" 1`]],
    [
      "in the format of a text",
      json(`["2026-01-01T00:00:00Z"]`),
      json(`["soon"]`),
      [`format /* "2026-01-01T00:00:00Z" "soon"`],
    ],
    ["in null and nothing", json(`{"a":null}`), json("{}"), ["missing /a null null"]],
    ["in a key too many", json("{}"), json(`{"a":1}`), ["extra /a null 1"]],
    ["in the order of a list", json("[[1,2,3]]"), json("[[3,1,2]]"), ["ordering /* order 1 2 3 order 3 1 2"]],
    ["in the length of a list", json(`{"a":[1,2]}`), json(`{"a":[1]}`), ["size /a 2 entries 1 entries"]],
    ["in list and object", json("[]"), json("{}"), ["type body [] {}"]],
    ["in what is no JSON", json("{}"), json("{"), ["type body JSON no JSON"]],
    [
      "in the last digit of a long number",
      json("[12345678901234567]"),
      json("[12345678901234568]"),
      [`primitive /* "[redacted]" [redacted]`],
    ],
    ["under a key with slashes", json(`{"a/b":{"~":1}}`), json(`{"a/b":{"~":2}}`), ["primitive /a~1b/~0 1 2"]],
    ["under a key of the language", json(`{"__proto__":1}`), json(`{"__proto__":2}`), ["primitive /__proto__ 1 2"]],
    ["under another", json(`{"constructor":1}`), json("{}"), ["missing /constructor 1 null"]],
    ["in letters decoded wrongly", json(`["Café"]`), json(`["CafÃ©"]`), [`primitive /* "Café" "CafÃ©"`]],
    [
      "in who may store it",
      withHeader("cache-control", "private"),
      withHeader("cache-control", "public"),
      [`primitive header:cache-control "private" "public"`],
    ],
    [
      "in what a cookie promises",
      withHeader("set-cookie", "sid=1; Path=/; HttpOnly"),
      withHeader("set-cookie", "sid=1; Path=/"),
      [`primitive header:set-cookie:sid "httponly; path=/" "path=/"`],
    ],
    [
      "in an element's text, its attribute, its name",
      html(`<main><h1>A</h1><a href="/b">c</a><b>d</b></main>`),
      html(`<main><h1>AB</h1><a href="/x">c</a><i>d</i></main>`),
      [
        "primitive /html/body/main/h1/text() x xx",
        "primitive /html/body/main/a/@href /x /x",
        "type /html/body/main b i",
      ],
    ],
    [
      "in how many children an element has",
      html("<ul><li>a<li>b</ul>"),
      html("<ul><li>a</ul>"),
      ["size /html/body/ul 2 children 1 children"],
    ],
    [
      "in a script",
      html("<script>a(1)</script>"),
      html("<script>a(2)</script>"),
      ["primitive /html/head/script/text() x(1) x(2)"],
    ],
    ["in a line of text", plain("a\nb\nc 1"), plain("a\nb\nc 2"), ["primitive line:3 x 1 x 2"]],
    ["in the number of lines", plain("a\nb"), plain("a"), ["size body x x x"]],
    ["in bytes", bytes("abc"), bytes("abd"), ["primitive body 3 bytes 3 bytes"]],
  ])("%s", (_what, control, candidate, differences) => {
    expect(told(compareAnswers(control, candidate))).toEqual(differences);
  });

  test("and each tells its place in this answer", () => {
    const places = (control: Answer, candidate: Answer) => {
      const comparison = compareAnswers(control, candidate);
      return comparison.outcome === "equal" ? [] : comparison.differences.map(({ at }) => at);
    };

    expect(places(json(`{"a":[{"b":1},{"b":2}]}`), json(`{"a":[{"b":1},{"b":3}]}`))).toEqual(["/a/1/b"]);
    expect(places(plain("ab\ncd"), plain("ab\ncx"))).toEqual(["line 2, column 2"]);
  });

  test("in a document deeper than the stack, as text", () => {
    const deep = (value: number) => json(`${"[".repeat(100_000)}${value}${"]".repeat(100_000)}`);
    const page = (value: number) => html(`${"<div>".repeat(1_000)}${value}`);

    expect(compareAnswers(deep(1), deep(1))).toEqual({ outcome: "equal" });
    expect(told(compareAnswers(deep(1), deep(2)))).toHaveLength(1);
    expect(compareAnswers(page(1), page(1))).toEqual({ outcome: "equal" });
    expect(told(compareAnswers(page(1), page(2)))).toHaveLength(1);
  });

  test("in more places than anyone reads: one of each field is kept, and the others are counted", () => {
    const list = (from: number) =>
      json(JSON.stringify(Array.from({ length: 1_000 }, (_, index) => ({ id: from + index }))));

    expect(compareAnswers(list(0), list(5_000))).toMatchObject({
      differences: [{ field: "/*/id", at: "/0/id" }],
      more: 999,
    });
  });
});

describe("a route's own rules", () => {
  test.each<[string, ShadowRule, Answer, Answer, string[]]>([
    [
      "ignore places, whatever is below them",
      {
        ignore: [
          { path: "/meta", reason: "names the machine" },
          { path: "/**/at", reason: "time of the answer" },
        ],
      },
      json(`{"meta":{"host":"a"},"x":[{"at":1,"b":1}]}`),
      json(`{"meta":{"host":"b"},"x":[{"at":2,"b":2}]}`),
      ["primitive /x/*/b 1 2"],
    ],
    [
      "ignore a header, a line, a whole body",
      {
        ignore: [
          { path: "header:location", reason: "random" },
          { path: "body", reason: "a picture" },
        ],
      },
      { ...withHeader("location", "/a"), body: "1" },
      { ...withHeader("location", "/b"), status: 201, body: "2" },
      ["primitive status 200 201"],
    ],
    [
      "pair the entries of a list by their key",
      { lists: [{ path: "/items", key: "id" }] },
      json(`{"items":[{"id":1,"a":1},{"id":2,"a":2}]}`),
      json(`{"items":[{"id":2,"a":2},{"id":1,"a":9},{"id":3,"a":3}]}`),
      [`primitive /items/*/a 1 9`, `extra /items/* null {"id":3,"a":3}`],
    ],
    [
      "pair them by several keys",
      { lists: [{ path: "body", key: ["order/id", "line"] }] },
      json(`[{"order":{"id":1},"line":1,"a":1},{"order":{"id":1},"line":2,"a":2}]`),
      json(`[{"order":{"id":1},"line":2,"a":2},{"order":{"id":1},"line":1,"a":1}]`),
      [],
    ],
    [
      "take a list as a bag",
      { lists: [{ path: "/tags" }] },
      json(`{"tags":["a","b","b"]}`),
      json(`{"tags":["b","a","c"]}`),
      [`primitive /tags/* "b" "c"`],
    ],
    [
      "let numbers be near each other",
      { numbers: { absolute: 0.01, relative: 0 } },
      json("[1.005, 100, 5]"),
      json("[1.01, 100.02, 5]"),
      ["primitive /* 100 100.02"],
    ],
    [
      "take texts as instants",
      { dates: { withinMs: 1_000 } },
      json(`["2026-01-01T10:00:00Z","2026-01-01T10:00:00Z","Thu, 01 Jan 2026 10:00:00 GMT"]`),
      json(`["2026-01-01T12:00:00.900+02:00","2026-01-01T12:00:00Z","Thu, 01 Jan 2026 10:00:01 GMT"]`),
      [`primitive /* "2026-01-01T10:00:00Z" "2026-01-01T12:00:00Z"`],
    ],
    [
      "take only some texts as instants",
      { dates: { withinMs: 1_000, paths: ["/now"] } },
      json(`{"now":"2026-01-01T10:00:00.0Z","then":"2026-01-01T10:00:00.0Z"}`),
      json(`{"now":"2026-01-01T10:00:00.5Z","then":"2026-01-01T10:00:00.5Z"}`),
      [`primitive /then "2026-01-01T10:00:00.0Z" "2026-01-01T10:00:00.5Z"`],
    ],
    [
      "leave out tokens and scripts of a page",
      {
        html: { scripts: "ignore", attributes: { ignore: ["nonce"] } },
        ignore: [{ path: "/**/input[csrf]/@value", reason: "a token" }],
      },
      html(`<script nonce=1>a</script><form><input name=csrf value=1></form>`),
      html(`<script nonce=2>b</script><form><input name=csrf value=2></form>`),
      [],
    ],
    [
      "compare what a visitor reads",
      { html: { compare: "text" } },
      html("<title>x</title><p>Hello <b>you</b></p><script>1</script>"),
      html("<title>y</title><div class=p>Hello you</div>"),
      [],
    ],
    [
      "name the headers",
      { headers: ["ETag"] },
      withHeader("etag", "1"),
      withHeader("etag", "2"),
      [`primitive header:etag "1" "2"`],
    ],
  ])("%s", (_what, rule, control, candidate, differences) => {
    expect(told(compareAnswers(control, candidate, toShadowRules(rule)))).toEqual(differences);
  });
});

// --- internal ---

function told(comparison: Comparison): string[] {
  if (comparison.outcome === "equal") return [];
  return comparison.differences.map(
    ({ kind, field, control, candidate }) => `${kind} ${field} ${control} ${candidate}`,
  );
}

function json(body: string): Answer {
  return { status: 200, contentType: "application/json; charset=utf-8", body };
}

function html(body: string): Answer {
  return { status: 200, contentType: "text/html; charset=utf-8", body };
}

function plain(body: string): Answer {
  return { status: 200, contentType: "text/csv", body };
}

function bytes(body: string): Answer {
  return { status: 200, contentType: "image/png", body };
}

function withHeader(name: string, value: string): Answer {
  return { status: 200, contentType: "text/plain", headers: { [name]: [value] }, body: "" };
}
