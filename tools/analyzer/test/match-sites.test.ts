import { describe, expect, it } from "@jest/globals";
import { matchSites, type Found, type Label } from "./labels/match-sites.ts";

const label = (line: number, table: string, more: Partial<Label> = {}): Label => ({
  line,
  table,
  mode: "read",
  ...more,
});
const found = (line: number, table: string, more: Partial<Found> = {}): Found => ({
  line,
  from: line,
  table,
  mode: "read",
  ...more,
});

describe("comparing labelled sites with found ones", () => {
  it("counts what agrees in table and mode inside the labelled query, and nothing else", () => {
    const query = label(12, "orders", { startLine: 10, endLine: 20 });
    expect(matchSites([query], [found(18, "orders")]).hits).toHaveLength(1);
    expect(matchSites([query], [found(30, "orders", { from: 9 })]).hits).toHaveLength(1);
    expect(matchSites([query], [found(23, "orders")])).toMatchObject({ missed: [query], hits: [] });
    expect(matchSites([query], [found(12, "order")])).toMatchObject({ missed: [query], hits: [], wrongMode: [] });
  });

  it("tells a wrong mode from a wrong table", () => {
    const result = matchSites([label(3, "orders", { mode: "write" })], [found(3, "orders")]);
    expect(result).toMatchObject({ hits: [], wrongMode: [{ label: { line: 3 } }] });
    expect([result.missed, result.spurious].map((part) => part.length)).toEqual([1, 1]);
  });

  it("uses each label and each find once, nearest first", () => {
    const labels = [label(5, "users"), label(6, "users")];
    const result = matchSites(labels, [found(6, "users"), found(5, "users")]);
    expect(result.hits.map((hit) => [hit.label.line, hit.found.line])).toEqual([
      [5, 5],
      [6, 6],
    ]);
    expect(matchSites(labels, [found(6, "users")]).missed).toEqual([label(5, "users")]);
  });

  it("lets a repetition inside one query pass, but not the same access next to it", () => {
    const query = label(10, "users", { endLine: 14 });
    expect(matchSites([query], [found(10, "users"), found(13, "users")]).spurious).toEqual([]);
    expect(matchSites([query], [found(10, "users"), found(15, "users")]).spurious).toHaveLength(1);
  });

  it("counts what the rules leave open neither when found nor when not", () => {
    const open = label(7, "users", { optional: true });
    const nothing = { hits: [], missed: [], spurious: [] };
    expect(matchSites([open], [])).toMatchObject(nothing);
    expect(matchSites([open], [found(7, "users")])).toMatchObject(nothing);
    expect(matchSites([open], [found(7, "teams")]).spurious).toHaveLength(1);
  });
});
