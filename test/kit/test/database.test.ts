import { describe, expect, test } from "@jest/globals";
import { createDatabase, withDatabase, type Template } from "../src/index.ts";
import pg from "pg";

const shelf: Template = {
  name: "kit_shelf",
  build: async (url) => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query("CREATE TABLE shelf (id int PRIMARY KEY); INSERT INTO shelf VALUES (1)");
    await client.end();
  },
};

describe("a test database", () => {
  test("is a clone of its template, and changes to it stay its own", async () => {
    const first = await createDatabase(shelf);
    await first.query("INSERT INTO shelf VALUES (2)");

    const seenByAnother = await withDatabase(shelf, (second) => second.query<{ id: number }>("SELECT id FROM shelf"));

    await first.drop();
    expect(seenByAnother).toEqual([{ id: 1 }]);
  });
});
