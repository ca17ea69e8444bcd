import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { draftRoutes } from "../src/draft/draft-routes.ts";
import { draftStreams } from "../src/draft/draft-streams.ts";
import { insertAtEnd } from "../src/draft/insert-yaml.ts";
import { routePattern } from "../src/draft/route-pattern.ts";
import type { Route, TableFact } from "../src/facts.ts";

function route(method: string, path: string): Route {
  const handler = { file: "notes.ts", line: 1, name: null };
  return { file: "notes.ts", line: 1, method, path, handler, mounted: true, framework: "express" };
}

describe("a framework's path as a pattern of the proxy", () => {
  test.each([
    ["/notes", "/notes", true],
    ["/notes/:id", "/notes/:id", true],
    ["/notes/:id(\\d+)", "/notes/:id", false],
    ["/notes/[id]/lines", "/notes/:id/lines", true],
    ["/files/*", "/files/*", true],
    ["/files/*splat", "/files/*", true],
    ["/files/[...rest]", "/files/*", true],
    ["/notes/:id?", "/notes/*", false],
    ["/notes/?/lines", "/notes/:part/lines", false],
    ["/", "/", true],
  ])("%s is %s", (path, pattern, exact) => {
    expect(routePattern(path)).toEqual({ path: pattern, exact });
  });
});

describe("lines added to a YAML file", () => {
  const text = `# who answers what
services: { notes: { url: "x" } } # one so far

routes:
    # the first
    - id: a # here
      path: /a

    - id: b

# the end
`;

  test("stand at the end of the list, indented like it, and every other byte stays", () => {
    expect(insertAtEnd("routes.yaml", text, "routes", ["- id: c", "  path: /c"])).toBe(
      text.replace("    - id: b\n", "    - id: b\n    - id: c\n      path: /c\n"),
    );
  });

  test.each([
    ["", "streams:\n  a: 1\n"],
    ["# nothing yet\nstreams: {}\n", "# nothing yet\nstreams:\n  a: 1\n"],
    ["other: 1\n", "other: 1\n\nstreams:\n  a: 1\n"],
  ])("make the list where there is none: %j", (before, after) => {
    expect(insertAtEnd("streams.yaml", before, "streams", ["a: 1"])).toBe(after);
  });
});

describe("drafted routes", () => {
  const before = `services:
  monolith: { url: "http://127.0.0.1:8100" }
  catalog: { url: "http://127.0.0.1:8101" }

routes:
  - id: notes-mine
    match: { methods: [GET, HEAD], path: /notes/mine }
    service: catalog
    stage: monolith
`;

  test("move nothing, keep reads and writes apart, and leave alone what is there", () => {
    const { text, notes } = draftRoutes("routes.yaml", before, "notes", [
      route("GET", "/notes"),
      route("POST", "/notes"),
      route("GET", "/notes/:id"),
      route("GET", "/notes/mine"),
      route("ALL", "/notes/:id(\\d+)/lines"),
    ]);

    expect(text.startsWith(before.slice(0, before.indexOf("\nroutes:")))).toBe(true);
    expect(parse(text)).toEqual({
      services: {
        monolith: { url: "http://127.0.0.1:8100" },
        catalog: { url: "http://127.0.0.1:8101" },
        notes: { url: "http://127.0.0.1:8102" },
      },
      routes: [
        {
          id: "notes-mine",
          match: { methods: ["GET", "HEAD"], path: "/notes/mine" },
          service: "catalog",
          stage: "monolith",
        },
        { id: "notes-root", match: { methods: ["GET", "HEAD"], path: "/notes" }, service: "notes", stage: "monolith" },
        { id: "notes-root-write", match: { methods: ["POST"], path: "/notes" }, service: "notes", stage: "monolith" },
        {
          id: "notes-id",
          match: { methods: ["GET", "HEAD"], path: "/notes/:id" },
          service: "notes",
          stage: "monolith",
        },
        { id: "notes-id-lines-write", match: { path: "/notes/:id/lines" }, service: "notes", stage: "monolith" },
      ],
    });
    expect(notes).toEqual(["notes-id-lines-write: /notes/:id/lines takes more than /notes/:id(\\d+)/lines"]);
  });

  test("drafted twice they change nothing more", () => {
    const once = draftRoutes("routes.yaml", null, "notes", [route("GET", "/notes")]).text;

    expect(draftRoutes("routes.yaml", once, "notes", [route("GET", "/notes")]).text).toBe(once);
  });
});

describe("a drafted stream", () => {
  const table = (name: string, columns: string[], primary: string[]): TableFact => ({
    name,
    declaredAt: null,
    columns: columns.map((column) => ({ name: column, primary: primary.includes(column) })),
    foreignKeys: [],
  });

  test("carries each table, key and column as they are", () => {
    const { text, notes } = draftStreams("streams.yaml", null, "notes", [
      table("notes", ["id", "body"], ["id"]),
      table("note_tags", ["note_id", "tag"], ["note_id", "tag"]),
    ]);

    const columns = { id: "id", body: "body" };
    expect(parse(text)).toEqual({
      streams: {
        notes: {
          source: "monolith",
          target: "notes",
          tables: [
            { from: "public.notes", to: "public.notes", key: ["id"], columns },
            {
              from: "public.note_tags",
              to: "public.note_tags",
              key: ["note_id", "tag"],
              columns: { note_id: "note_id", tag: "tag" },
            },
          ],
        },
      },
    });
    expect(notes).toEqual([]);
  });

  test("says what it guesses, and what does not travel", () => {
    const lonely = { ...table("notes", [], []), foreignKeys: [{ file: "a", line: 1, columns: ["by"], to: "users" }] };

    expect(draftStreams("streams.yaml", null, "notes", [lonely]).notes).toEqual([
      "notes: nothing declares its columns, write them down",
      "notes: its keys to users do not travel",
    ]);
    expect(draftStreams("streams.yaml", null, "notes", []).notes).toEqual(["notes owns no table: it needs no stream"]);
  });
});
